import { saveFrom } from '../api/save-from';

/** Saves a text as a file, where the browser puts downloads. */
export function saveText(fileName: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  saveFrom(url, fileName);
  URL.revokeObjectURL(url);
}
