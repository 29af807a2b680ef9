import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { TextField } from '../../components/Field';
import { useSubmit } from '../../components/use-submit';
import { rename } from '../../state/sandbox-commands';
import { useSandbox } from '../../state/sandboxes';

/** The name is metadata of the sandbox; without one its id stands for it. */
export function RenameSandboxDialog({ sandboxId }: { sandboxId: string }) {
  const item = useSandbox(sandboxId);
  const [name, setName] = useState(item?.sandbox.metadata?.['name'] ?? '');
  const { busy, error, submit } = useSubmit(async () => {
    if (item !== undefined) await rename(item, name.trim() === '' ? null : name.trim());
  });
  return (
    <Dialog
      title={`Rename ${item?.displayName ?? sandboxId}`}
      confirm="Rename"
      onConfirm={submit}
      busy={busy}
      error={error}
    >
      <TextField label="Name" value={name} focusFirst onChange={(event) => setName(event.target.value)} />
    </Dialog>
  );
}
