import type { LiveFile } from '../../src-main/http/schemas/live-files';

/** What is asked about files of a running sandbox. */
export type FileQuestion =
  | { kind: 'new'; what: 'file' | 'folder'; sandboxId: string; folder: string; done: (path: string) => void }
  | { kind: 'move'; sandboxId: string; path: string; done: (to: string) => void }
  | { kind: 'delete'; sandboxId: string; file: LiveFile; done: () => void }
  | { kind: 'replace'; folder: string; names: readonly string[]; replace: () => void }
  | { kind: 'leave'; path: string; leave: () => void };
