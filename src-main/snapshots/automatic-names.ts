import { sandboxDisplayName } from '../sandboxes/sandbox-views';
import type { AutomaticReason, SandboxRecord } from '../store/records';

const MAX_NAME_LENGTH = 200;

/** When each rule takes a snapshot. */
export const AUTOMATIC_WORDS: Record<AutomaticReason, string> = {
  interval: 'on schedule',
  'before-delete': 'before delete',
  'before-expiry': 'before expiry',
  'before-rollback': 'before roll back',
};

/** `<sandbox> (before delete)` */
export function automaticName(sandbox: SandboxRecord, reason: AutomaticReason): string {
  const end = ` (${AUTOMATIC_WORDS[reason]})`;
  return `${sandboxDisplayName(sandbox).slice(0, MAX_NAME_LENGTH - end.length)}${end}`;
}
