import { create } from 'zustand';
import { openDialog } from './dialogs';

/** Text that was typed and not saved yet, with the revision of the file that it stands on. */
export interface Draft {
  text: string;
  revision: string;
}

interface UnsavedState {
  /** What would be lost by going elsewhere. */
  readonly open: { path: string; discard: () => void } | undefined;
  /** Of editors that were left without asking, by the browser's own Back; by sandbox and path. */
  readonly drafts: Readonly<Record<string, Draft>>;
}

export const useUnsaved = create<UnsavedState>(() => ({ open: undefined, drafts: {} }));

/** Goes elsewhere, after a question when that would lose something. */
export function leaveThen(go: () => void): void {
  const { open } = useUnsaved.getState();
  if (open === undefined) {
    go();
    return;
  }
  const leave = (): void => {
    open.discard();
    useUnsaved.setState({ open: undefined });
    go();
  };
  openDialog({ kind: 'files', question: { kind: 'leave', path: open.path, leave } });
}

export function keepDraft(key: string, draft: Draft): void {
  useUnsaved.setState(({ drafts }) => ({ drafts: { ...drafts, [key]: draft } }));
}

/** The draft, which is then nobody else's. */
export function takeDraft(key: string): Draft | undefined {
  const { [key]: draft, ...others } = useUnsaved.getState().drafts;
  if (draft !== undefined) useUnsaved.setState({ drafts: others });
  return draft;
}
