import type { DesktopSandbox, DesktopSnapshot } from '../../src-main/http/schemas/desktop';
import { errorMessage } from '../api/api-error';
import { createSnapshot } from '../api/lifecycle-api';
import { count } from '../model/count';
import { settleAll } from '../model/settle-all';
import { whilePending } from './pending';
import { create, remove } from './sandbox-commands';
import { restoreRequest } from './snapshot-commands';
import { snapshotEnd } from './snapshots';
import { showToast } from './toasts';

const MAX_NAME_LENGTH = 200;
/** The least that a create takes. */
const MIN_TIMEOUT_S = 60;

/** Whether the server takes a last snapshot by itself. */
export function keptByRule({ rules }: DesktopSandbox): boolean {
  return rules?.beforeDelete === true;
}

/** Whether its files can be kept before it is deleted, and nobody else does that. */
export function canBeKept(item: DesktopSandbox): boolean {
  return item.sandbox.status.state === 'Running' && !keptByRule(item);
}

/**
 * Deletes sandboxes; with `safety` each running one is captured first, and stays when that fails. Those that were
 * captured can be brought back from the toast.
 * @throws Error that says how many were not deleted
 */
export async function deleteSandboxes(items: readonly DesktopSandbox[], safety: boolean): Promise<void> {
  const kept: Kept[] = [];
  const deleted: DesktopSandbox[] = [];
  const deleteOne = async (item: DesktopSandbox): Promise<void> => {
    const snapshot = safety && canBeKept(item) ? await keep(item) : undefined;
    await remove(item.sandbox.id);
    deleted.push(item);
    if (snapshot !== undefined) kept.push({ item, snapshot });
  };
  try {
    await settleAll(items.map((item) => () => deleteOne(item)));
  } finally {
    if (deleted.length > 0) tellDeleted(deleted, kept);
  }
}

interface Kept {
  item: DesktopSandbox;
  snapshot: DesktopSnapshot;
}

async function keep(item: DesktopSandbox): Promise<DesktopSnapshot> {
  const { id } = item.sandbox;
  const name = `Before delete of ${item.displayName}`.slice(0, MAX_NAME_LENGTH);
  const ended = await whilePending(id, 'Keeping its files', async () =>
    snapshotEnd((await createSnapshot(id, name)).id),
  );
  if (ended?.snapshot.status.state === 'Ready') return ended;
  const reason = ended?.snapshot.status.message ?? 'the snapshot is gone.';
  throw new Error(`${item.displayName} was not deleted, because its safety snapshot failed: ${reason}`);
}

function tellDeleted(deleted: readonly DesktopSandbox[], kept: readonly Kept[]): void {
  const [only] = deleted;
  const what = deleted.length === 1 ? (only?.displayName ?? '') : `${String(deleted.length)} sandboxes`;
  showToast({
    tone: 'info',
    message: `Deleted ${what}.`,
    ...(kept.length === 0 ? {} : { action: { label: 'Undo', run: () => void bringBack(kept) } }),
  });
}

/** Starts them anew from their safety snapshots: new ids, the same names, limits, expiry and network. */
async function bringBack(kept: readonly Kept[]): Promise<void> {
  try {
    const jobs = kept.map((each) => async (): Promise<void> => {
      await create(rebirth(each));
    });
    await settleAll(jobs);
    showToast({ tone: 'info', message: `Brought back ${count(kept.length, 'sandbox', 'sandboxes')}.` });
  } catch (error) {
    showToast({ tone: 'error', message: `Not brought back. ${errorMessage(error)}` });
  }
}

function rebirth({ item, snapshot }: Kept) {
  const { metadata, expiresAt } = item.sandbox;
  const left = expiresAt === undefined ? undefined : Math.ceil((Date.parse(expiresAt) - Date.now()) / 1000);
  return {
    ...restoreRequest(snapshot),
    ...(metadata === undefined ? {} : { metadata }),
    ...(left === undefined ? {} : { timeout: Math.max(left, MIN_TIMEOUT_S) }),
    ...(item.network === 'none' ? { networkPolicy: { defaultAction: 'deny' as const } } : {}),
  };
}
