import type { PathKind } from '../../engine/archives';
import { microsecondTime, type FileEntry } from './file-entry';

/** What `stat` prints for a number that nobody has as a name. */
const UNNAMED = 'UNKNOWN';
const RECORD_START = '//';
const TIME = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?/;
const KIND_BITS = 0o170000;
const MODE_BITS = 0o7777;
const KIND_OF_BITS: Readonly<Record<number, PathKind>> = {
  0o100000: 'file',
  0o040000: 'directory',
  0o120000: 'symlink',
};

/** Reads the records that `STAT_RECORD` makes `stat` print. */
export function parseStatRecords(output: Buffer): FileEntry[] {
  return output
    .toString()
    .split(RECORD_START)
    .slice(1)
    .map((record) => parseRecord(record.endsWith('\n') ? record.slice(0, -1) : record));
}

/** Paths of a `find` whose names all begin with two slashes, one of them too many. */
export function parseFoundPaths(output: Buffer): string[] {
  return output
    .toString()
    .split(`\n${RECORD_START}`)
    .map((path, index) => (index === 0 ? path.slice(RECORD_START.length) : path))
    .map((path) => (path.endsWith('\n') ? path.slice(0, -1) : path))
    .filter((path) => path !== '')
    .map((path) => `/${path.replace(/^\/+/, '')}`);
}

function parseRecord(record: string): FileEntry {
  const [
    mode = '',
    uid = '',
    gid = '',
    size = '',
    owner = '',
    group = '',
    modified = '',
    changed = '',
    ...name
  ] = record.split('|');
  const bits = parseInt(mode, 16);
  return {
    path: name.join('|'),
    kind: KIND_OF_BITS[bits & KIND_BITS] ?? 'other',
    sizeBytes: Number(size),
    mode: bits & MODE_BITS,
    owner: owner === UNNAMED ? uid : owner,
    group: group === UNNAMED ? gid : group,
    modifiedAt: parseTime(modified),
    createdAt: parseTime(changed),
  };
}

function parseTime(text: string): string {
  const [, date = '1970-01-01', time = '00:00:00', fraction = ''] = TIME.exec(text) ?? [];
  return microsecondTime(date, time, fraction);
}
