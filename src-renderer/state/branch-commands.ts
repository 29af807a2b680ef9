import { errorMessage } from '../api/api-error';
import * as api from '../api/desktop-api';
import type { Task } from '../../src-main/http/schemas/desktop';
import { whilePending } from './pending';
import { useSnapshots } from './snapshots';
import { endOfTask } from './tasks';
import { showToast } from './toasts';

/** Going back and branching. The dialogs catch what is refused at once; how the task ends is told by a toast. */

/** @throws ApiError when it is refused */
export async function rollBack(
  sandboxId: string,
  snapshotId: string,
  safetySnapshot: boolean,
): Promise<void> {
  const task = await api.rollBackSandbox(sandboxId, { snapshotId, safetySnapshot });
  void whilePending(sandboxId, 'Rolling back', () => tellRolledBack(sandboxId, task));
}

/** @throws ApiError when it is refused */
export async function fork(
  source: { from: 'sandboxes' | 'snapshots'; id: string },
  wish: { count: number; name: string },
  showSandboxes: () => void,
): Promise<void> {
  const { count, name } = wish;
  const task = await api.fork(source.from, source.id, { count, ...(name === '' ? {} : { name }) });
  void whilePending(source.id, 'Forking', () => tellForked(task, showSandboxes));
}

async function tellRolledBack(sandboxId: string, begun: Task): Promise<void> {
  const task = await endOfTask(begun);
  if (task.state !== 'Succeeded') {
    showToast({ tone: 'error', message: `Not rolled back. ${task.error?.message ?? ''}` });
    return;
  }
  const safety = task.result?.['safetySnapshotId'];
  const undo = (): void => {
    rollBack(sandboxId, String(safety), true).catch((error: unknown) =>
      showToast({ tone: 'error', message: errorMessage(error) }),
    );
  };
  showToast({
    tone: 'info',
    message: `Rolled back to “${snapshotLabel(String(task.result?.['snapshotId']))}”.`,
    ...(safety === undefined ? {} : { action: { label: 'Undo', run: undo } }),
  });
}

async function tellForked(begun: Task, showSandboxes: () => void): Promise<void> {
  const task = await endOfTask(begun);
  if (task.state !== 'Succeeded') {
    showToast({ tone: 'error', message: `Not forked. ${task.error?.message ?? ''}` });
    return;
  }
  const { sandboxIds = [], failures = [] } = task.result ?? {};
  const action = { label: 'Show sandboxes', run: showSandboxes };
  const [first] = failures;
  if (first === undefined) {
    const word = sandboxIds.length === 1 ? 'sandbox' : 'sandboxes';
    showToast({ tone: 'info', message: `Made ${String(sandboxIds.length)} ${word}.`, action });
    return;
  }
  const total = sandboxIds.length + failures.length;
  showToast({
    tone: 'error',
    message: `Made ${String(sandboxIds.length)} of ${String(total)} sandboxes. Number ${String(first.index)}: ${first.message}`,
    action,
  });
}

function snapshotLabel(id: string): string {
  return useSnapshots.getState().byId[id]?.displayName ?? id;
}
