/** How many rows further down than the first one on screen a row may be to still tell where that one went. */
const LOOK_AHEAD_ROWS = 50;

/** By how many rows what is at `firstRow` moved: negative when rows above it went, 0 when nothing there is left. */
export function placeShift(before: readonly string[], after: readonly string[], firstRow: number): number {
  if (before[firstRow] === after[firstRow]) return 0;
  const places = new Map(after.map((id, index) => [id, index]));
  const end = Math.min(before.length, firstRow + LOOK_AHEAD_ROWS);
  for (let row = firstRow; row < end; row += 1) {
    const place = places.get(before[row] ?? '');
    if (place !== undefined) return place - row;
  }
  return 0;
}
