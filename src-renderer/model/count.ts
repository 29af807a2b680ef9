/** A number with its noun: `1 sandbox`, `3 sandboxes`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${String(number)} ${number === 1 ? noun : plural}`;
}

/** What a filter hides when nothing passes it: `1 sandbox is hidden by the filter.` */
export function hiddenByFilter(number: number, noun: string, plural?: string): string {
  return `${count(number, noun, plural)} ${number === 1 ? 'is' : 'are'} hidden by the filter.`;
}
