import { useState } from 'react';
import type { DesktopSandbox } from '../../../src-main/http/schemas/desktop';
import { errorMessage } from '../../api/api-error';
import { getRules } from '../../api/rules-api';
import { Banner } from '../../components/Banner';
import { Button } from '../../components/Button';
import { Card } from '../../components/Card';
import { RelativeTime } from '../../components/RelativeTime';
import { useReading } from '../../components/use-reading';
import { OUTCOME_WORDS, formOf, rulesOfForm, type RulesForm } from '../../model/rules-form';
import { useOutage } from '../../state/connection';
import { removeRules, saveOrAsk } from '../../state/rule-commands';
import { RetentionOutlook } from './RetentionOutlook';
import { RetentionFields, ScheduleFields } from './RulesFields';
import styles from './RulesTab.module.css';

/** The rules of a sandbox: when snapshots are taken without asking, and which of them stay. */
export function RulesTab({ item }: { item: DesktopSandbox }) {
  // What was saved, here or elsewhere, takes the place of what was being edited.
  return <RulesEditor key={`${item.sandbox.id} ${JSON.stringify(item.rules)}`} item={item} />;
}

function RulesEditor({ item }: { item: DesktopSandbox }) {
  const { rules } = item;
  const sandboxId = item.sandbox.id;
  const [form, setForm] = useState<RulesForm>(() => formOf(rules));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const outage = useOutage();
  const edited = rulesOfForm(form);
  const isChanged = JSON.stringify(form) !== JSON.stringify(formOf(rules));
  const run = (work: () => Promise<void>): void => {
    setBusy(true);
    setError(undefined);
    work()
      .catch((failure: unknown) => setError(errorMessage(failure)))
      .finally(() => setBusy(false));
  };
  const change = (part: Partial<RulesForm>): void => setForm({ ...form, ...part });
  return (
    <div className="scroll-area">
      <form
        className={styles.page}
        aria-label="Rules"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (edited !== undefined && isChanged && !busy) run(() => saveOrAsk(sandboxId, edited));
        }}
      >
        <Card title="Take snapshots">
          <ScheduleFields form={form} change={change} />
          <NextLook item={item} />
        </Card>
        <Card title="Keep snapshots">
          <RetentionFields form={form} change={change} />
          {edited?.retention !== undefined && (
            <RetentionOutlook
              sandboxId={sandboxId}
              retention={edited.retention}
              version={`${sandboxId} ${String(item.snapshotCount)}`}
            />
          )}
        </Card>
        {error !== undefined && <Banner tone="error">{error}</Banner>}
        <div className={styles.buttons}>
          <Button
            type="submit"
            tone="primary"
            disabled={!isChanged || edited === undefined || outage !== undefined}
            title={outage}
            aria-busy={busy}
          >
            Save rules
          </Button>
          {isChanged && <Button onClick={() => setForm(formOf(rules))}>Discard changes</Button>}
          {rules !== undefined && (
            <Button
              disabled={busy || outage !== undefined}
              title={outage}
              onClick={() => run(() => removeRules(sandboxId, rules))}
            >
              Remove rules
            </Button>
          )}
        </div>
      </form>
    </div>
  );
}

function NextLook({ item }: { item: DesktopSandbox }) {
  const { nextSnapshotAt, rules } = item;
  const key =
    rules === undefined
      ? undefined
      : `${item.sandbox.id} ${String(nextSnapshotAt)} ${item.sandbox.status.state}`;
  const reading = useReading(key, (signal) => getRules(item.sandbox.id, signal));
  const last = (reading.state === 'read' ? reading.value : reading.last)?.lastCheck;
  if (nextSnapshotAt === undefined) return null;
  return (
    <p className={styles.muted}>
      Next automatic snapshot: <RelativeTime iso={nextSnapshotAt} direction="future" />, if something changed
      by then.
      {last !== undefined && (
        <>
          {' '}
          Last looked <RelativeTime iso={last.at} />: {OUTCOME_WORDS[last.outcome]}.
        </>
      )}
    </p>
  );
}
