/** What the entries before an entry say of it (pax(1), "Extended Header"; GNU tar, "Long names"). */
export interface Described {
  path?: string;
  sizeBytes?: number;
}

const SPACE = 0x20;
const EQUALS = 0x3d;

/** @param type of the describing entry: `x` pax records, `L` GNU's long name. */
export function readPrelude(type: string, content: Buffer): Described {
  if (type === 'L') return { path: untilZero(content) };
  if (type !== 'x') return {};
  const records = paxRecords(content);
  const path = records.get('path')?.toString();
  const size = records.get('size')?.toString();
  return {
    ...(path === undefined ? {} : { path }),
    ...(size !== undefined && /^\d+$/.test(size) ? { sizeBytes: Number(size) } : {}),
  };
}

/** By their lengths: a value may be binary, and hold what looks like a record. */
function paxRecords(content: Buffer): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  let at = 0;
  while (at < content.length) {
    const space = content.indexOf(SPACE, at);
    const length = space < 0 ? NaN : Number(content.toString('latin1', at, space));
    const equals = content.indexOf(EQUALS, space);
    const end = at + length;
    if (!Number.isInteger(length) || equals < 0 || equals >= end || end > content.length) break;
    records.set(content.toString('utf8', space + 1, equals), content.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}

function untilZero(content: Buffer): string {
  const end = content.indexOf(0);
  return content.toString('utf8', 0, end < 0 ? content.length : end);
}
