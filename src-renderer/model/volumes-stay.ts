import type { DesktopSnapshot } from '../../src-main/http/schemas/desktop';

/** That copies of volumes stay behind when a snapshot leaves as one image; undefined where it holds none. */
export function volumesStay(item: DesktopSnapshot | undefined): string | undefined {
  const copies = item?.volumeCopies ?? [];
  if (copies.length === 0) return undefined;
  const places = copies.map(({ mountPath }) => mountPath).join(', ');
  return `The ${copies.length === 1 ? 'copy of the volume' : 'copies of the volumes'} at ${places} stay${copies.length === 1 ? 's' : ''} here: only the image goes along.`;
}
