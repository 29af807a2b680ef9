import type { DesktopSnapshot } from '../../src-main/http/schemas/desktop';
import { errorMessage } from '../api/api-error';
import { saveFrom } from '../api/save-from';
import { exportAddress, importSnapshot } from '../api/transfer-api';
import { showToast } from './toasts';

/** Has the browser save the snapshot as a file; how far it is shows a task. */
export function exportToFile(item: DesktopSnapshot): void {
  saveFrom(exportAddress(item.snapshot.id));
  showToast({ tone: 'info', message: `Exporting “${item.displayName}” to your downloads.` });
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
