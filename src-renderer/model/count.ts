/** A number with its noun: `1 sandbox`, `3 sandboxes`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${String(number)} ${number === 1 ? noun : plural}`;
}
