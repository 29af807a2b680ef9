import type { DesktopSandbox } from '../../src-main/http/schemas/desktop';
import type { FilterSubject } from './filter-query';

export const SANDBOX_FILTER_FIELDS = ['state', 'image', 'snapshot'] as const;

const subjects = new WeakMap<DesktopSandbox, FilterSubject>();

/** What the filter sees of a sandbox; made once per version of the record. */
export function sandboxSubject(item: DesktopSandbox): FilterSubject {
  const known = subjects.get(item);
  if (known !== undefined) return known;
  const { sandbox } = item;
  const state = sandbox.status.state.toLowerCase();
  const image = (sandbox.image?.uri ?? '').toLowerCase();
  const snapshot = (sandbox.snapshotId ?? '').toLowerCase();
  const text = [item.displayName, sandbox.id, state, image, snapshot].join(' ').toLowerCase();
  const subject = { text, fields: { state, image, snapshot } };
  subjects.set(item, subject);
  return subject;
}

/** The sort key of a column. */
export function sandboxKey(item: DesktopSandbox, column: string): string | number | undefined {
  switch (column) {
    case 'state':
      return item.sandbox.status.state;
    case 'name':
      return item.displayName.toLowerCase();
    case 'source':
      return (item.sandbox.image?.uri ?? item.sandbox.snapshotId ?? '').toLowerCase();
    case 'expires':
      return item.sandbox.expiresAt;
    case 'snapshots':
      return item.snapshotCount;
    default:
      return item.sandbox.createdAt;
  }
}
