import { Save } from 'lucide-react';
import { Suspense, lazy, useEffect, useEffectEvent, useRef } from 'react';
import { Banner } from '../../components/Banner';
import { Button } from '../../components/Button';
import { PaneLine } from '../../components/DetailPane';
import { importAgain } from '../../components/import-again';
import type { Draft } from '../../state/unsaved';
import type { EditorHandle } from './CodeEditor';
import styles from './FilesTab.module.css';
import { useFileSaving } from './use-file-saving';
import { useUnsavedText } from './use-unsaved-text';

const CodeEditor = lazy(() => importAgain(() => import('./CodeEditor')));

interface FileEditorProps {
  sandboxId: string;
  path: string;
  /** The text as it was last read. */
  read: Draft;
  onReadAgain: () => void;
  onSaved: () => void;
}

/** A text file that can be changed; what others change meanwhile is never replaced unasked. */
export function FileEditor({ sandboxId, path, read, onReadAgain, onSaved }: FileEditorProps) {
  const handle = useRef<EditorHandle>(null);
  const saving = useFileSaving({ sandboxId, path, read, handle, onSaved });
  const { save, problem, error, busy, mineIsStale, dirty, shown } = saving;
  useUnsavedText({ sandboxId, path, dirty, handle, revision: saving.revision });
  useSaveKey(() => void save());
  return (
    <>
      <PaneLine>
        <div className={styles.buttons}>
          <Button
            tone="primary"
            icon={Save}
            disabled={!dirty}
            aria-busy={busy}
            title="Ctrl S"
            onClick={() => void save()}
          >
            Save
          </Button>
          <span role="status">{dirty ? 'Not saved yet' : ''}</span>
        </div>
      </PaneLine>
      {error !== undefined && (
        <PaneLine>
          <Banner tone="error">{error}</Banner>
        </PaneLine>
      )}
      {mineIsStale && (
        <PaneLine>
          <Banner
            tone="warning"
            action={
              <>
                <Button
                  onClick={() => {
                    saving.giveUpMine();
                    onReadAgain();
                  }}
                >
                  Show what is there now
                </Button>
                <Button tone="danger" onClick={() => void save('anything')}>
                  Replace it
                </Button>
              </>
            }
          >
            {problem ?? 'The file was changed in the sandbox since it was opened here.'}
          </Banner>
        </PaneLine>
      )}
      <Suspense fallback={<PaneLine>Loading…</PaneLine>}>
        <CodeEditor
          key={shown.version}
          ref={handle}
          label={`Text of ${path}`}
          text={shown.text}
          isDraft={shown.isDraft}
          onDirty={saving.setDirty}
        />
      </Suspense>
    </>
  );
}

/** Ctrl S wherever the focus is, instead of the browser's own. */
function useSaveKey(save: () => void): void {
  const run = useEffectEvent(save);
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 's' || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      event.preventDefault();
      run();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}
