import type {
  DesktopSnapshot,
  PushRequest,
  RegistryRequest,
  Task,
} from '../../src-main/http/schemas/desktop';
import { errorMessage } from '../api/api-error';
import { saveFrom } from '../api/save-from';
import { exportAddress, importSnapshot, pullSnapshot, pushSnapshot } from '../api/transfer-api';
import { volumesStay } from '../model/volumes-stay';
import { openDialog } from './dialogs';
import { usePreferences } from './preferences';
import { endOfTask } from './tasks';
import { showToast } from './toasts';

/** Saves the snapshot as a file, or asks first where somebody wants to look for secrets before. */
export function exportToFile(item: DesktopSnapshot): void {
  if (usePreferences.getState().settings?.lookForSecrets === true)
    openDialog({ kind: 'export-snapshot', snapshotId: item.snapshot.id });
  else saveToFile(item, []);
}

/** Has the browser save the snapshot, without some paths, as a file; how far it is shows a task. */
export function saveToFile(item: DesktopSnapshot, leaveOut: readonly string[]): void {
  saveFrom(exportAddress(item.snapshot.id, leaveOut));
  const stays = volumesStay(item);
  const exporting = `Exporting “${item.displayName}” to your downloads.`;
  showToast({ tone: 'info', message: stays === undefined ? exporting : `${exporting} ${stays}` });
}

/** Takes the snapshots in from files, one after the other; each end is a toast of its own. */
export async function importFromFiles(files: readonly File[], open: (id: string) => void): Promise<void> {
  for (const file of files) {
    try {
      const { result } = await importSnapshot(file);
      const id = result?.['snapshotId'];
      showToast({
        tone: 'info',
        message: `Imported the snapshot in ${file.name}.`,
        ...(typeof id === 'string' ? { action: { label: 'Show', run: () => open(id) } } : {}),
      });
    } catch (error) {
      showToast({ tone: 'error', message: `${file.name}: ${errorMessage(error)}` });
    }
  }
}

/** Resolves once the push has begun; its end is a toast. @throws ApiError when it cannot begin */
export async function pushToRegistry(item: DesktopSnapshot, request: PushRequest): Promise<void> {
  const begun = await pushSnapshot(item.snapshot.id, request);
  void endOfTask(begun).then((task) =>
    tellEnd(task, `Pushed “${item.displayName}” to ${request.reference}.`),
  );
}

/** Resolves once the pull has begun; its end is a toast. @throws ApiError when it cannot begin */
export async function pullFromRegistry(request: RegistryRequest, open: (id: string) => void): Promise<void> {
  const begun = await pullSnapshot(request);
  void endOfTask(begun).then((task) => tellEnd(task, `Pulled ${request.reference}.`, open));
}

function tellEnd(task: Task, done: string, open?: (id: string) => void): void {
  const id = task.result?.['snapshotId'];
  if (task.state === 'Failed')
    showToast({ tone: 'error', message: task.error?.message ?? `${task.title} failed.` });
  else if (task.state === 'Succeeded')
    showToast({
      tone: 'info',
      message: done,
      ...(open !== undefined && typeof id === 'string'
        ? { action: { label: 'Show', run: () => open(id) } }
        : {}),
    });
}
