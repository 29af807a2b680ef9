import type { Activity } from '../../src-main/http/schemas/desktop';
import type { FilterSubject } from './filter-query';

export const ACTIVITY_FILTER_FIELDS = ['cause', 'kind', 'severity'] as const;

/** Who or what caused an entry, in words. */
export const CAUSES: Record<Activity['cause'], string> = {
  api: 'API client',
  gui: 'This window',
  expiry: 'Expiry',
  rule: 'Rule',
  engine: 'Engine',
  recovery: 'Recovery',
};

/** What the filter sees of an entry. */
export function activitySubject(entry: Activity): FilterSubject {
  const text = [entry.message, entry.kind, CAUSES[entry.cause], entry.sandboxId, entry.snapshotId].join(' ');
  return {
    text: text.toLowerCase(),
    fields: { cause: entry.cause, kind: entry.kind.toLowerCase(), severity: entry.severity },
  };
}
