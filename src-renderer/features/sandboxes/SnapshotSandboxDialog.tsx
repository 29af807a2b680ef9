import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { TextArea, TextField } from '../../components/Field';
import { useSubmit } from '../../components/use-submit';
import { snapshotNameFor, takeSnapshot } from '../../state/sandbox-commands';
import { useSandbox } from '../../state/sandboxes';
import styles from './dialogs.module.css';

export function SnapshotSandboxDialog({ sandboxId }: { sandboxId: string }) {
  const item = useSandbox(sandboxId);
  const [name, setName] = useState(() => snapshotNameFor(sandboxId));
  const [notes, setNotes] = useState('');
  const { busy, error, submit } = useSubmit(() =>
    takeSnapshot(sandboxId, name.trim() || undefined, notes.trim()),
  );
  const mounts = item?.volumes.map((volume) => volume.mountPath) ?? [];
  return (
    <Dialog
      title={`Snapshot of ${item?.displayName ?? sandboxId}`}
      confirm="Take snapshot"
      onConfirm={submit}
      busy={busy}
      error={error}
    >
      <TextField
        label="Name"
        value={name}
        maxLength={200}
        focusFirst
        onChange={(event) => setName(event.target.value)}
      />
      <TextArea
        label="Note"
        value={notes}
        maxLength={4000}
        onChange={(event) => setNotes(event.target.value)}
      />
      <p className={styles.muted}>
        The filesystem is captured. Not captured: memory and running processes
        {mounts.length > 0 ? `, and the mounted volumes at ${mounts.join(', ')}` : ', mounted volumes'}. The
        sandbox keeps running.
      </p>
    </Dialog>
  );
}
