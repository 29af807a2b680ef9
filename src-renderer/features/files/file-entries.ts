import {
  Copy,
  Download,
  FilePlus,
  FolderPlus,
  FolderPen,
  Trash2,
  Upload,
  type LucideIcon,
} from 'lucide-react';
import { contentUrl } from '../../api/compare-api';
import { liveContentUrl } from '../../api/live-files-api';
import { saveFrom } from '../../api/save-from';
import type { MenuEntry } from '../../components/ActionMenu';
import type { FolderRow } from '../../model/folder-tree';
import { copyText } from '../../state/clipboard';
import { openDialog } from '../../state/dialogs';

/** What changes a tree that is shown, and how it hears of it. */
export interface FileChanges {
  sandboxId: string;
  /** Something was made at a path. */
  made: (path: string) => void;
  moved: (from: string, to: string) => void;
  deleted: (path: string) => void;
  upload: (folder: string) => void;
}

/** What can be done with a line of the tree: its menu, and the keys that do the same. */
export function fileEntries(row: FolderRow, changes: FileChanges): readonly MenuEntry[] {
  const { path, isFolder, file } = row;
  const { sandboxId } = changes;
  const entries = [
    ...(isFolder ? folderEntries(path, changes) : []),
    entry('download', isFolder ? 'Download as tar' : 'Download', Download, () => download(sandboxId, row)),
    entry('copy', 'Copy path', Copy, () => void copyText(path, 'path')),
  ];
  if (file === undefined) return entries;
  return [
    ...entries,
    {
      ...entry('move', 'Rename or move…', FolderPen, () =>
        openDialog({
          kind: 'files',
          question: { kind: 'move', sandboxId, path, done: (to) => changes.moved(path, to) },
        }),
      ),
      shortcut: 'F2',
    },
    {
      ...entry('delete', 'Delete…', Trash2, () =>
        openDialog({
          kind: 'files',
          question: { kind: 'delete', sandboxId, file, done: () => changes.deleted(path) },
        }),
      ),
      shortcut: 'Delete',
      danger: true,
    },
  ];
}

/** What makes something in a folder. */
export function folderEntries(folder: string, changes: FileChanges): readonly MenuEntry[] {
  const ask = (what: 'file' | 'folder') => () =>
    openDialog({
      kind: 'files',
      question: { kind: 'new', what, sandboxId: changes.sandboxId, folder, done: changes.made },
    });
  return [
    entry('new-file', 'New file…', FilePlus, ask('file')),
    entry('new-folder', 'New folder…', FolderPlus, ask('folder')),
    entry('upload', 'Upload…', Upload, () => changes.upload(folder)),
  ];
}

/** Folders come as archives, which are read from outside the sandbox. */
export function downloadUrl(sandboxId: string, { path, isFolder }: FolderRow): string {
  return isFolder ? contentUrl(sandboxId, path, 'tar') : liveContentUrl(sandboxId, path);
}

function download(sandboxId: string, row: FolderRow): void {
  saveFrom(downloadUrl(sandboxId, row));
}

function entry(id: string, label: string, icon: LucideIcon, run: () => void): MenuEntry {
  return { id, label, icon, reason: true, run };
}
