import type { DesktopSnapshot } from '../../src-main/http/schemas/desktop';
import { errorMessage } from '../api/api-error';
import { patchSnapshot, verifySnapshot } from '../api/desktop-api';
import { deleteSnapshot } from '../api/lifecycle-api';
import { whilePending } from './pending';
import { create } from './sandbox-commands';
import { applySnapshotChanges } from './snapshots';
import { showToast } from './toasts';

/** Docker and the contract want limits; these serve when the snapshot carries none. */
const DEFAULT_LIMITS = { cpu: '1', memory: '2Gi' };

/** What a person can do with snapshots. Row actions report failures as toasts; dialogs catch for themselves. */

/** One-click restore: the limits and entrypoint of the source, its environment's names without values. */
export async function restoreAtOnce(item: DesktopSnapshot, open: (sandboxId: string) => void): Promise<void> {
  await reporting(async () => {
    const id = await whilePending(item.snapshot.id, 'Restoring', () => create(restoreRequest(item)));
    showToast({
      tone: 'info',
      message: `Restored “${item.displayName}”.`,
      action: { label: 'Open sandbox', run: () => open(id) },
    });
  });
}

/** The request that a one-click restore sends, and that the dialog starts from. */
export function restoreRequest(item: DesktopSnapshot) {
  const { entrypoint, resourceLimits } = item.restoreDefaults;
  return {
    snapshotId: item.snapshot.id,
    resourceLimits: Object.keys(resourceLimits).length === 0 ? DEFAULT_LIMITS : resourceLimits,
    ...(entrypoint.length === 0 ? {} : { entrypoint }),
  };
}

/** Pins or unpins. */
export async function setPinned(item: DesktopSnapshot, pinned: boolean): Promise<void> {
  await reporting(() => patch(item.snapshot.id, { pinned }));
}

/** Renames at once, with the way back in a toast. @throws ApiError */
export async function rename(item: DesktopSnapshot, name: string | null): Promise<void> {
  const before = item.snapshot.name ?? null;
  await patch(item.snapshot.id, { name });
  const undo = (): void => void reporting(() => patch(item.snapshot.id, { name: before }));
  showToast({ tone: 'info', message: 'Snapshot renamed.', action: { label: 'Undo', run: undo } });
}

/** @throws ApiError */
export async function saveNotes(id: string, notes: string): Promise<void> {
  await patch(id, { notes: notes === '' ? null : notes });
}

/** Puts this set of labels in the place of the present one, with the way back in a toast. @throws ApiError */
export async function saveLabels(item: DesktopSnapshot, labels: Record<string, string>): Promise<void> {
  const { id } = item.snapshot;
  const before = item.labels ?? {};
  await patch(id, { labels });
  const undo = (): void => void reporting(() => patch(id, { labels: before }));
  showToast({ tone: 'info', message: 'Labels changed.', action: { label: 'Undo', run: undo } });
}

/** Has it checked whether it holds what its sandbox had changed. */
export async function verify(id: string): Promise<void> {
  await reporting(async () => {
    await verifySnapshot(id);
  });
}

/** @throws ApiError */
export async function remove(id: string): Promise<void> {
  await whilePending(id, 'Deleting', () => deleteSnapshot(id));
}

async function patch(id: string, body: Parameters<typeof patchSnapshot>[1]): Promise<void> {
  applySnapshotChanges([{ id, value: await patchSnapshot(id, body) }]);
}

async function reporting(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    showToast({ tone: 'error', message: errorMessage(error) });
  }
}
