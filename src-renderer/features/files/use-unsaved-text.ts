import { useEffect, useEffectEvent, useLayoutEffect, useRef, type RefObject } from 'react';
import { keepDraft, useUnsaved } from '../../state/unsaved';
import type { EditorHandle } from './CodeEditor';

interface UnsavedText {
  sandboxId: string;
  path: string;
  dirty: boolean;
  handle: RefObject<EditorHandle | null>;
  revision: string;
}

/** Has the person asked before typed text is lost, and keeps it where the browser does not let us ask. */
export function useUnsavedText({ sandboxId, path, dirty, handle, revision }: UnsavedText): void {
  const discarded = useRef(false);
  useEffect(() => {
    if (!dirty) return;
    const discard = (): void => {
      discarded.current = true;
    };
    useUnsaved.setState({ open: { path, discard } });
    // A browser asks then, and so does the app's window.
    const stay = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', stay);
    return () => {
      useUnsaved.setState({ open: undefined });
      window.removeEventListener('beforeunload', stay);
    };
  }, [dirty, path]);
  const keep = useEffectEvent((): void => {
    const text = handle.current?.text();
    if (dirty && !discarded.current && text !== undefined)
      keepDraft(`${sandboxId} ${path}`, { text, revision });
  });
  // Before the editor goes, which passive effects do not see any more.
  useLayoutEffect(() => () => keep(), []);
}
