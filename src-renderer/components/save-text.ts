import { saveFrom } from '../api/save-from';

/** Saves a text as a file, where the browser puts downloads. */
export function saveText(fileName: string, text: string): void {
  // Of text/plain, browsers add .txt to a name without ending, such as Dockerfile.
  const url = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }));
  saveFrom(url, fileName);
  URL.revokeObjectURL(url);
}
