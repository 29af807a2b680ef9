import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type BrowserWindow, dialog } from 'electron';
import { AppError } from '../errors';
import { type ApiHost, requestJson } from './in-process-api';

/**
 * Lets the person pick a root filesystem tar and streams it into `POST /v1/desktop/images/import`.
 * @returns the task to follow, or null when the dialog was cancelled.
 * @throws AppError of the import route, or `DESKTOP::FILE_UNREADABLE`.
 */
export async function importImageFromFile(
  host: ApiHost,
  parent: BrowserWindow | undefined,
  name: string,
): Promise<{ taskId: string } | null> {
  const options: Electron.OpenDialogOptions = {
    title: 'Import a root filesystem',
    buttonLabel: 'Import',
    properties: ['openFile'],
    // Dialogs match the last extension only, so "gz" stands for ".tar.gz".
    filters: [{ name: 'Root filesystem (.tar, .tar.gz)', extensions: ['tar', 'gz', 'tgz'] }],
  };
  const picked =
    parent === undefined
      ? await dialog.showOpenDialog(options)
      : await dialog.showOpenDialog(parent, options);
  const file = picked.filePaths[0];
  if (picked.canceled || file === undefined) return null;
  return { taskId: await uploadImage(host, file, name) };
}

async function uploadImage(host: ApiHost, file: string, name: string): Promise<string> {
  const size = await sizeOf(file);
  const stream = createReadStream(file);
  try {
    const task = await requestJson(host, {
      method: 'POST',
      url: `/v1/desktop/images/import?name=${encodeURIComponent(name)}`,
      headers: { 'content-type': 'application/x-tar', 'content-length': String(size) },
      payload: stream,
    });
    // The route answers a Task of src-main/http/schemas/desktop.ts.
    return (task as { id: string }).id;
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (cause) {
    throw new AppError(400, 'DESKTOP::FILE_UNREADABLE', `${file} cannot be read. Pick another file.`, {
      cause,
    });
  }
}
