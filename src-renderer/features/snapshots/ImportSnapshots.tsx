import { FileUp } from 'lucide-react';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { Button } from '../../components/Button';
import { useOutage } from '../../state/connection';
import { importFromFiles } from '../../state/transfer-commands';
import styles from './ImportSnapshots.module.css';

/** Takes in exported snapshots: by the button and a file chosen, or by dropping files anywhere on the screen. */
export function ImportSnapshots({ open }: { open: (id: string) => void }) {
  const outage = useOutage();
  const file = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const take = (files: FileList | null | undefined): void => {
    if (files === null || files === undefined || files.length === 0 || outage !== undefined) return;
    setBusy(true);
    void importFromFiles([...files], open).finally(() => setBusy(false));
  };
  const isOver = useFilesDropped(take);
  return (
    <>
      <Button
        icon={FileUp}
        disabled={outage !== undefined}
        aria-disabled={busy}
        aria-busy={busy}
        title={outage ?? 'A file that was exported here or on another machine'}
        onClick={() => !busy && file.current?.click()}
      >
        Import…
      </Button>
      <input
        ref={file}
        type="file"
        hidden
        multiple
        aria-label="Exported snapshots"
        accept=".tar,application/x-tar"
        onChange={(event) => {
          take(event.target.files);
          event.target.value = '';
        }}
      />
      {isOver && (
        <div className={styles.drop} role="status">
          <FileUp size={40} strokeWidth={1.25} aria-hidden />
          Drop to import
        </div>
      )}
    </>
  );
}

/** Whether files are being dragged over the window; a drop hands them over. */
function useFilesDropped(take: (files: FileList | undefined) => void): boolean {
  const [isOver, setOver] = useState(false);
  const onDrop = useEffectEvent(take);
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const over = (event: DragEvent): void => {
      if (event.dataTransfer?.types.includes('Files') !== true) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      // Leaving one element for another is not leaving the window.
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      if (event.dataTransfer?.types.includes('Files') !== true) return;
      event.preventDefault();
      setOver(false);
      onDrop(event.dataTransfer.files);
    };
    document.addEventListener('dragover', over, { signal });
    document.addEventListener('dragleave', leave, { signal });
    document.addEventListener('drop', drop, { signal });
    return () => stop.abort();
  }, []);
  return isOver;
}
