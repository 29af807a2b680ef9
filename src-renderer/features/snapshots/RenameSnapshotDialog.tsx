import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { TextField } from '../../components/Field';
import { useSubmit } from '../../components/use-submit';
import { rename } from '../../state/snapshot-commands';
import { useSnapshot } from '../../state/snapshots';

export function RenameSnapshotDialog({ snapshotId }: { snapshotId: string }) {
  const item = useSnapshot(snapshotId);
  const [name, setName] = useState(item?.snapshot.name ?? '');
  const { busy, error, submit } = useSubmit(async () => {
    if (item !== undefined) await rename(item, name.trim() === '' ? null : name.trim());
  });
  return (
    <Dialog
      title={`Rename ${item?.displayName ?? snapshotId}`}
      confirm="Rename"
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
    </Dialog>
  );
}
