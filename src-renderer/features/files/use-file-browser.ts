import { useCallback, useEffect, useRef, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { foldersTo, parentOf, type FolderRow } from '../../model/folder-tree';
import { toggled } from '../../model/tree-line';
import { sandboxFilesRoute } from '../../routes';
import { uploadFiles } from '../../state/file-commands';
import { useUnsaved } from '../../state/unsaved';
import { fileEntries, type FileChanges } from './file-entries';
import { useFolders } from './use-folders';

export type FileBrowser = ReturnType<typeof useFileBrowser>;

/** What the tree shows, where the person is in it, and what they do there. The address says which file is open. */
export function useFileBrowser(sandboxId: string) {
  const open = new URLSearchParams(useSearch()).get('file') ?? '';
  const [, navigate] = useLocation();
  const { folders, read } = useFolders(sandboxId);
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(() => new Set(foldersTo(open)));
  const [active, setActive] = useState(open === '' ? '/' : open);
  const [filter, setFilter] = useState('');
  const [round, setRound] = useState(0);
  const [menu, setMenu] = useState<{ row: FolderRow; x: number; y: number }>();
  const [uploading, setUploading] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  const target = useRef('/');

  const first = useRef(expanded);
  useEffect(() => {
    for (const folder of first.current) read(folder);
  }, [read]);

  const show = (path: string): void => navigate(sandboxFilesRoute(sandboxId, path));
  const reveal = (path: string): void => {
    const way = foldersTo(path);
    setExpanded((known) => new Set([...known, ...way]));
    for (const folder of way) if (!folders.has(folder)) read(folder);
    read(parentOf(path));
    setActive(path);
  };
  const closeIfBelow = (path: string): void => {
    if (open !== path && !open.startsWith(`${path}/`)) return;
    // What was typed goes with the file, which the person just agreed to.
    useUnsaved.getState().open?.discard();
    useUnsaved.setState({ open: undefined });
    show('');
  };
  const upload = async (folder: string, files: readonly File[]): Promise<void> => {
    setUploading(true);
    const done = (): void => {
      setExpanded((known) => new Set([...known, folder]));
      read(folder);
    };
    await uploadFiles({ sandboxId, folder, files, done }).finally(() => setUploading(false));
  };
  const changes: FileChanges = {
    sandboxId,
    made: reveal,
    moved: (from, to) => {
      read(parentOf(from));
      reveal(to);
      if (open === from) {
        closeIfBelow(from);
        show(to);
      } else closeIfBelow(from);
    },
    deleted: (path) => {
      setActive(parentOf(path));
      read(parentOf(path));
      closeIfBelow(path);
    },
    upload: (folder) => {
      target.current = folder;
      chooser.current?.click();
    },
  };
  return {
    ...{ folders, expanded, active, setActive, filter, setFilter, open, round, menu, setMenu, uploading },
    ...{ chooser, changes, show, upload },
    /** The folder that something new goes into: where the keys are. */
    folder: folders.has(active) || active === '/' ? active : parentOf(active),
    entriesOf: (row: FolderRow) => fileEntries(row, changes),
    toggle: (path: string): void => {
      if (!expanded.has(path)) read(path);
      setExpanded(toggled(expanded, path));
    },
    changed: useCallback((path: string): void => read(parentOf(path)), [read]),
    refresh: (): void => {
      for (const folder of expanded) read(folder);
      setRound(round + 1);
    },
    uploadChosen: (files: FileList | null): void => {
      if (files !== null && files.length > 0) void upload(target.current, [...files]);
    },
  };
}
