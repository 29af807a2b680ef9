import { useState, type RefObject } from 'react';
import { ApiError, errorMessage } from '../../api/api-error';
import { writeLiveFile } from '../../api/live-files-api';
import { announce } from '../../state/announcements';
import { takeDraft, type Draft } from '../../state/unsaved';
import type { EditorHandle } from './CodeEditor';

interface Saving {
  sandboxId: string;
  path: string;
  /** The text as it was last read. */
  read: Draft;
  handle: RefObject<EditorHandle | null>;
  onSaved: () => void;
}

/** Saves over the revision that the text stands on, and notices when the file has another one by now. */
export function useFileSaving({ sandboxId, path, read, handle, onSaved }: Saving) {
  // What was typed at an earlier visit.
  const [draft] = useState(() => takeDraft(`${sandboxId} ${path}`));
  const [shown, setShown] = useState({
    text: (draft ?? read).text,
    isDraft: draft !== undefined,
    version: 0,
  });
  const [revision, setRevision] = useState((draft ?? read).revision);
  const [dirty, setDirty] = useState(draft !== undefined);
  const [mineIsStale, setStale] = useState(draft !== undefined && draft.revision !== read.revision);
  const [seen, setSeen] = useState(read);
  const [givenUp, setGivenUp] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const [problem, setProblem] = useState<string>();

  if (read !== seen) {
    setSeen(read);
    const isOther = read.revision !== revision;
    if (isOther && dirty && !givenUp) setStale(true);
    else if (isOther || givenUp) {
      setShown({ text: read.text, isDraft: false, version: shown.version + 1 });
      setRevision(read.revision);
      setDirty(false);
      setStale(false);
      setGivenUp(false);
    }
  }

  const save = async (over?: 'anything'): Promise<void> => {
    const editor = handle.current;
    if (editor === null || busy || (!dirty && over === undefined)) return;
    const accept = editor.mark();
    setBusy(true);
    setError(undefined);
    try {
      const body = new Blob([editor.text()]);
      const written = await writeLiveFile(sandboxId, path, { body, replaces: over ?? { revision } });
      setRevision(written.revision);
      setStale(false);
      setProblem(undefined);
      accept();
      announce('Saved.');
      onSaved();
    } catch (failure) {
      if (failure instanceof ApiError && failure.code === 'FILE_CHANGED') {
        setStale(true);
        setProblem(failure.message);
      } else setError(errorMessage(failure));
    } finally {
      setBusy(false);
    }
  };
  return {
    ...{ shown, revision, dirty, setDirty, busy, error, mineIsStale, problem, save },
    giveUpMine: () => setGivenUp(true),
  };
}
