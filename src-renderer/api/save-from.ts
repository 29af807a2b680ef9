/** Has the browser save what is at an address, under the name that its answer gives unless there is another. */
export function saveFrom(url: string, fileName = ''): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
}
