import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { TextArea, TextField } from '../../components/Field';
import { useSubmit } from '../../components/use-submit';
import { snapshotNameFor, takeSnapshot } from '../../state/sandbox-commands';
import { useSandbox } from '../../state/sandboxes';
import styles from '../../components/DialogContent.module.css';
import { VolumesChoice } from './VolumesChoice';

export function SnapshotSandboxDialog({ sandboxId }: { sandboxId: string }) {
  const item = useSandbox(sandboxId);
  const [name, setName] = useState(() => snapshotNameFor(sandboxId));
  const [notes, setNotes] = useState('');
  const [withVolumes, setWithVolumes] = useState(false);
  const { busy, error, submit } = useSubmit(() => {
    const given = name.trim();
    return takeSnapshot(sandboxId, {
      notes: notes.trim(),
      withVolumes,
      ...(given === '' ? {} : { name: given }),
    });
  });
  const mounts = (item?.volumes ?? [])
    .filter(({ kind }) => !(withVolumes && kind === 'named'))
    .map((volume) => volume.mountPath);
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
      {item !== undefined && <VolumesChoice item={item} checked={withVolumes} onChange={setWithVolumes} />}
      <p className={styles.muted}>
        The filesystem is captured. Not captured: memory and running processes
        {mounts.length > 0 ? `, and the mounted volumes at ${mounts.join(', ')}` : ''}.
        {withVolumes ? '' : ' The sandbox keeps running.'}
      </p>
    </Dialog>
  );
}
