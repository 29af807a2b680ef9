/** Lets a file be dragged out of the window; Chromium saves it where it is dropped, other browsers get its address. */
export function startDragOut(data: DataTransfer, { path, name }: { path: string; name: string }): void {
  const address = new URL(path, location.href).href;
  // The name stands between colons.
  data.setData('DownloadURL', `application/octet-stream:${name.replaceAll(':', '_')}:${address}`);
  data.setData('text/uri-list', address);
  data.effectAllowed = 'copy';
}
