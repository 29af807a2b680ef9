import { useCallback, useEffect, useRef, useState } from 'react';
import { errorMessage } from '../../api/api-error';
import { listLiveFolder } from '../../api/live-files-api';
import type { FolderState } from '../../model/folder-tree';

const UNKNOWN: FolderState = { items: undefined, reading: false, failure: undefined };

/** The folders of a sandbox that were read so far; each is read when it is asked for, and again with each asking. */
export function useFolders(sandboxId: string) {
  const [folders, setFolders] = useState<ReadonlyMap<string, FolderState>>(new Map());
  const reads = useRef(new Map<string, AbortController>());
  useEffect(() => {
    const running = reads.current;
    return () => {
      for (const read of running.values()) read.abort();
    };
  }, []);
  const read = useCallback(
    (path: string): void => {
      reads.current.get(path)?.abort();
      const giveUp = new AbortController();
      reads.current.set(path, giveUp);
      const tell = (change: Partial<FolderState>): void => {
        if (giveUp.signal.aborted) return;
        setFolders((known) => new Map(known).set(path, { ...(known.get(path) ?? UNKNOWN), ...change }));
      };
      tell({ reading: true });
      listLiveFolder(sandboxId, path, giveUp.signal).then(
        ({ items }) => tell({ items, reading: false, failure: undefined }),
        (error: unknown) => tell({ reading: false, failure: errorMessage(error) }),
      );
    },
    [sandboxId],
  );
  return { folders, read };
}
