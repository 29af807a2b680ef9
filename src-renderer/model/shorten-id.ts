const HEAD = 9;
const TAIL = 6;

/** Shortens an id in the middle, keeping prefix and end: `sbx_01jdh…x7k2fq`. */
export function shortenId(id: string): string {
  return id.length <= HEAD + TAIL + 1 ? id : `${id.slice(0, HEAD)}…${id.slice(-TAIL)}`;
}
