import type { PathKind } from '../../engine/archives';

/** One path of a sandbox's filesystem, not followed if it is a symlink. */
export interface FileEntry {
  /** Absolute. */
  path: string;
  kind: PathKind;
  sizeBytes: number;
  /** Permission bits with setuid, setgid and sticky. */
  mode: number;
  /** Names, or the numbers as text where nobody has the number. */
  owner: string;
  group: string;
  /** RFC 3339 in UTC. */
  modifiedAt: string;
  /** When the inode last changed; where the engine cannot tell, the same as {@link modifiedAt}. */
  createdAt: string;
}

/** What to set on a path; what is absent is left alone. */
export interface FileAttributes {
  /** Permission bits. */
  mode?: number;
  /** Name, or number as text. */
  owner?: string;
  group?: string;
}

/** Parents before children, names of one directory in lexical order. */
export function inTreeOrder(entries: FileEntry[]): FileEntry[] {
  // A slash sorts below every character that a name can hold, so whole subtrees stay together.
  const key = (entry: FileEntry) => entry.path.replaceAll('/', '\0');
  return entries
    .map((entry) => ({ entry, key: key(entry) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ entry }) => entry);
}

/** Times as the API writes them: UTC, microseconds, which every client's parser takes. */
export function microsecondTime(date: string, time: string, fraction: string): string {
  return `${date}T${time}.${fraction.slice(0, 6).padEnd(6, '0')}Z`;
}

/** The same for a time in RFC 3339, of whatever precision and offset. */
export function isoTime(text: string): string {
  const [, fraction = ''] = /\.(\d+)/.exec(text) ?? [];
  const [date = '', time = ''] = new Date(text).toISOString().split(/[T.]/);
  return microsecondTime(date, time, fraction);
}
