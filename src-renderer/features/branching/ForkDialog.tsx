import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { TextField } from '../../components/Field';
import { useSubmit } from '../../components/use-submit';
import { ROUTES } from '../../routes';
import { fork } from '../../state/branch-commands';
import { useSandbox } from '../../state/sandboxes';
import { useSnapshot } from '../../state/snapshots';
import styles from './branching.module.css';

const MAX_COUNT = 32;
const DEFAULT_COUNT = 3;
/** A metadata value has at most 63 characters; the number at its end needs some. */
const MAX_NAME = 59;
const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?$/;

interface ForkDialogProps {
  from: 'sandboxes' | 'snapshots';
  id: string;
  navigate: (path: string) => void;
}

/** How many sandboxes, and what they are called. */
export function ForkDialog({ from, id, navigate }: ForkDialogProps) {
  const sandbox = useSandbox(id);
  const snapshot = useSnapshot(id);
  const source = (from === 'sandboxes' ? sandbox?.displayName : snapshot?.displayName) ?? id;
  const [count, setCount] = useState(String(DEFAULT_COUNT));
  const [name, setName] = useState((sandbox?.sandbox.metadata?.['name'] ?? 'fork').slice(0, MAX_NAME));
  const number = Number(count);
  const countError =
    Number.isInteger(number) && number >= 1 && number <= MAX_COUNT
      ? undefined
      : `Enter a whole number from 1 to ${String(MAX_COUNT)}.`;
  const nameError =
    NAME.test(name.trim()) && name.trim().length <= MAX_NAME
      ? undefined
      : `Use letters, digits, “-”, “_” and “.”, at most ${String(MAX_NAME)}, with a letter or digit first.`;
  const { busy, error, submit } = useSubmit(() =>
    fork({ from, id }, { count: number, name: name.trim() }, () => navigate(ROUTES.sandboxes)),
  );
  return (
    <Dialog
      title={`Fork ${source}`}
      confirm="Fork"
      onConfirm={submit}
      busy={busy}
      disabled={countError !== undefined || nameError !== undefined}
      error={error}
    >
      <TextField
        label="How many"
        inputMode="numeric"
        value={count}
        error={countError}
        focusFirst
        onChange={(event) => setCount(event.target.value)}
      />
      <TextField
        label="Name"
        value={name}
        error={nameError}
        hint={`They are called ${name.trim() || 'fork'}-1, ${name.trim() || 'fork'}-2 and so on.`}
        onChange={(event) => setName(event.target.value)}
      />
      <p className={styles.muted}>
        {from === 'sandboxes'
          ? 'A snapshot of the sandbox is taken, and the new ones start from it with the same environment. Mounted volumes and expiry are not taken along.'
          : `They start with the files of this snapshot${snapshot?.volumeCopies === undefined ? '' : ', volumes of their own with what it holds of volumes,'} and the limits of its source. The snapshot stays as it is.`}
      </p>
    </Dialog>
  );
}
