import { ApiError, errorMessage } from '../api/api-error';
import { writeLiveFile, type Replaces } from '../api/live-files-api';
import { count } from '../model/count';
import { childOf } from '../model/folder-tree';
import { openDialog } from './dialogs';
import { showToast } from './toasts';

export interface Upload {
  sandboxId: string;
  folder: string;
  files: readonly File[];
  /** Called when something was written. */
  done: () => void;
}

/** Writes files into a folder of a sandbox, one after the other; asks before any is replaced. */
export async function uploadFiles(upload: Upload, replaces: Replaces = 'nothing'): Promise<void> {
  const { sandboxId, folder, files, done } = upload;
  const existing: File[] = [];
  let written = 0;
  for (const file of files) {
    try {
      await writeLiveFile(sandboxId, childOf(folder, file.name), { body: file, replaces });
      written += 1;
    } catch (error) {
      if (error instanceof ApiError && error.code === 'FILE_EXISTS') existing.push(file);
      else showToast({ tone: 'error', message: `${file.name}: ${errorMessage(error)}` });
    }
  }
  if (written > 0) {
    done();
    showToast({ tone: 'info', message: `Uploaded ${count(written, 'file')} to ${folder}.` });
  }
  if (existing.length === 0) return;
  const names = existing.map((file) => file.name);
  const replace = (): void => void uploadFiles({ ...upload, files: existing }, 'anything');
  openDialog({ kind: 'files', question: { kind: 'replace', folder, names, replace } });
}
