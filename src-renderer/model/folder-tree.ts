import type { LiveFile } from '../../src-main/http/schemas/live-files';
import type { TreeLine } from './tree-line';

/** What is known of a folder; what was there before stays while it is read again. */
export interface FolderState {
  items: readonly LiveFile[] | undefined;
  reading: boolean;
  /** Why the last try failed. */
  failure: string | undefined;
}

export interface FolderRow extends TreeLine {
  isFolder: boolean;
  /** Undefined for the root. */
  file: LiveFile | undefined;
  /** Said beside the name. */
  note: string | undefined;
}

interface Shown {
  folders: ReadonlyMap<string, FolderState>;
  expanded: ReadonlySet<string>;
  /** Part of the names to show; folders on the way to one are shown too. */
  filter: string;
}

/** The lines of the tree below the root, as far as its folders are open and known. */
export function folderRows(shown: Shown): FolderRow[] {
  const wanted = shown.filter.trim().toLowerCase();
  const root: FolderRow = {
    path: '/',
    name: '/',
    level: 1,
    position: 1,
    siblings: 1,
    expanded: shown.expanded.has('/'),
    isFolder: true,
    file: undefined,
    note: noteOf(shown.folders.get('/'), shown.expanded.has('/')),
  };
  return [root, ...(root.expanded === true ? rowsBelow('/', 2, { ...shown, filter: wanted }) : [])];
}

function rowsBelow(folder: string, level: number, shown: Shown): FolderRow[] {
  const groups: { file: LiveFile; below: FolderRow[] }[] = [];
  for (const file of shown.folders.get(folder)?.items ?? []) {
    const isOpen = file.kind === 'directory' && shown.expanded.has(file.path);
    const below = isOpen ? rowsBelow(file.path, level + 1, shown) : [];
    if (below.length > 0 || baseName(file.path).toLowerCase().includes(shown.filter))
      groups.push({ file, below });
  }
  return groups.flatMap(({ file, below }, index) => {
    const isFolder = file.kind === 'directory';
    const expanded = isFolder ? shown.expanded.has(file.path) : undefined;
    const row: FolderRow = {
      path: file.path,
      name: baseName(file.path),
      level,
      position: index + 1,
      siblings: groups.length,
      expanded,
      isFolder,
      file,
      note: noteOf(shown.folders.get(file.path), expanded),
    };
    return [row, ...below];
  });
}

function noteOf(state: FolderState | undefined, expanded: boolean | undefined): string | undefined {
  if (expanded !== true || state === undefined) return undefined;
  if (state.failure !== undefined) return state.failure;
  if (state.items === undefined) return 'Reading…';
  return state.items.length === 0 ? 'Empty' : undefined;
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

export function childOf(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}

/** The folders on the way to a path, the root first. */
export function foldersTo(path: string): string[] {
  if (path === '' || path === '/') return ['/'];
  const parent = parentOf(path);
  return parent === '/' ? ['/'] : [...foldersTo(parent), parent];
}
