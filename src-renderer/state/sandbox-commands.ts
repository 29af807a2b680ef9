import { errorMessage } from '../api/api-error';
import { createSnapshot, patchSnapshot } from '../api/desktop-api';
import * as api from '../api/lifecycle-api';
import type { DesktopSandbox } from '../../src-main/http/schemas/desktop';
import type { CreateSandboxRequest } from '../../src-main/http/schemas/sandboxes';
import type { CreateDesktopSnapshotRequest } from '../../src-main/http/schemas/snapshot-volumes';
import { formatNameStamp } from '../model/format-time';
import { whilePending } from './pending';
import { useSandboxes } from './sandboxes';
import { showToast } from './toasts';

/** What a person can do with sandboxes. Row actions report failures as toasts; dialogs catch for themselves. */

export async function pause(id: string): Promise<void> {
  await fromRow(id, 'Pausing', () => api.pauseSandbox(id));
}

export async function resume(id: string): Promise<void> {
  await fromRow(id, 'Resuming', () => api.resumeSandbox(id));
}

/** Snapshots without asking, under the usual name. */
export async function quickSnapshot(id: string): Promise<void> {
  const name = snapshotNameFor(id);
  await fromRow(id, 'Snapshot requested', async () => {
    await api.createSnapshot(id, name);
    showToast({ tone: 'info', message: `Taking snapshot “${name}”.` });
  });
}

/** Accepts a capture, then adds the note. @throws ApiError; the snapshot is under way when only the note failed. */
export async function takeSnapshot(
  id: string,
  { notes, ...wish }: CreateDesktopSnapshotRequest & { notes: string },
): Promise<void> {
  const { snapshot } = await whilePending(id, 'Snapshot requested', () => createSnapshot(id, wish));
  if (notes !== '') await patchSnapshot(snapshot.id, { notes });
}

/** The prefilled name: `<sandbox> 24 Nov 14:05`. */
export function snapshotNameFor(id: string): string {
  const sandbox = useSandboxes.getState().byId[id]?.displayName ?? id;
  return `${sandbox} ${formatNameStamp(new Date())}`;
}

/** @throws ApiError */
export async function renew(id: string, expiresAt: Date): Promise<void> {
  await whilePending(id, 'Renewing', () => api.renewSandbox(id, expiresAt.toISOString()));
}

/** Renames at once, with the way back in a toast. @throws ApiError when the name is not allowed */
export async function rename({ sandbox }: DesktopSandbox, name: string | null): Promise<void> {
  const before = sandbox.metadata?.['name'] ?? null;
  await whilePending(sandbox.id, 'Renaming', () => api.patchSandboxMetadata(sandbox.id, { name }));
  const undo = (): void =>
    void fromRow(sandbox.id, 'Renaming', () => api.patchSandboxMetadata(sandbox.id, { name: before }));
  showToast({ tone: 'info', message: 'Sandbox renamed.', action: { label: 'Undo', run: undo } });
}

/** @throws ApiError */
export async function remove(id: string): Promise<void> {
  await whilePending(id, 'Deleting', () => api.deleteSandbox(id));
}

/** Creates or restores; answers the new sandbox's id. @throws ApiError */
export async function create(body: CreateSandboxRequest): Promise<string> {
  return (await api.createSandbox(body)).id;
}

async function fromRow(id: string, word: string, work: () => Promise<void>): Promise<void> {
  try {
    await whilePending(id, word, work);
  } catch (error) {
    showToast({ tone: 'error', message: errorMessage(error) });
  }
}
