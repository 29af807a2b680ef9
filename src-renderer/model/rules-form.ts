import type { DesktopSnapshot } from '../../src-main/http/schemas/desktop';
import type { SandboxRules, SnapshotRules } from '../../src-main/http/schemas/rules';

/** When a rule took a snapshot, in words. */
export const RULE_WORDS: Record<NonNullable<DesktopSnapshot['automatic']>, string> = {
  interval: 'on schedule',
  'before-delete': 'before delete',
  'before-expiry': 'before expiry',
  'before-rollback': 'before roll back',
};

/** What came of the last look, in words. */
export const OUTCOME_WORDS: Record<NonNullable<SandboxRules['lastCheck']>['outcome'], string> = {
  taken: 'took a snapshot',
  unchanged: 'nothing had changed',
  'not-running': 'the sandbox was not running',
  busy: 'a snapshot was being taken',
  failed: 'the snapshot failed',
};

/** The rules as a person edits them: numbers as text, what is switched off keeps its numbers. */
export interface RulesForm {
  scheduled: boolean;
  everyMinutes: string;
  beforeDelete: boolean;
  beforeExpiry: boolean;
  beforeRollback: boolean;
  deletes: boolean;
  keepLast: string;
  hourlyHours: string;
  dailyDays: string;
  includeManual: boolean;
}

export type NumberField = 'everyMinutes' | 'keepLast' | 'hourlyHours' | 'dailyDays';

/** As the API bounds them. */
const BOUNDS: Record<NumberField, readonly [least: number, most: number]> = {
  everyMinutes: [1, 10_080],
  keepLast: [1, 1000],
  hourlyHours: [0, 744],
  dailyDays: [0, 3650],
};

export function formOf(rules: SnapshotRules | undefined): RulesForm {
  const retention = rules?.retention;
  return {
    scheduled: rules?.everyMinutes !== undefined,
    everyMinutes: String(rules?.everyMinutes ?? 15),
    beforeDelete: rules?.beforeDelete ?? false,
    beforeExpiry: rules?.beforeExpiry ?? false,
    beforeRollback: rules?.beforeRollback ?? true,
    deletes: retention !== undefined,
    keepLast: String(retention?.keepLast ?? 10),
    hourlyHours: String(retention?.hourlyHours ?? 24),
    dailyDays: String(retention?.dailyDays ?? 7),
    includeManual: retention?.includeManual ?? false,
  };
}

/** What is wrong with a number, in words for people; undefined when nothing is. */
export function numberError(form: RulesForm, field: NumberField): string | undefined {
  const [least, most] = BOUNDS[field];
  const value = Number(form[field]);
  const fits = /^\d+$/.test(form[field].trim()) && value >= least && value <= most;
  return fits ? undefined : `A whole number from ${String(least)} to ${String(most)}.`;
}

/** The rules that the form says, or undefined while a number that counts is wrong. */
export function rulesOfForm(form: RulesForm): SnapshotRules | undefined {
  const used: NumberField[] = [
    ...(form.scheduled ? (['everyMinutes'] as const) : []),
    ...(form.deletes ? (['keepLast', 'hourlyHours', 'dailyDays'] as const) : []),
  ];
  if (used.some((field) => numberError(form, field) !== undefined)) return undefined;
  const { beforeDelete, beforeExpiry, beforeRollback, includeManual } = form;
  return {
    beforeDelete,
    beforeExpiry,
    beforeRollback,
    ...(form.scheduled ? { everyMinutes: Number(form.everyMinutes) } : {}),
    ...(form.deletes
      ? {
          retention: {
            keepLast: Number(form.keepLast),
            hourlyHours: Number(form.hourlyHours),
            dailyDays: Number(form.dailyDays),
            includeManual,
          },
        }
      : {}),
  };
}
