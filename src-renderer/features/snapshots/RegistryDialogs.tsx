import { useState } from 'react';
import type { RegistryRequest } from '../../../src-main/http/schemas/desktop';
import { Dialog } from '../../components/Dialog';
import { TextField } from '../../components/Field';
import { useSubmit } from '../../components/use-submit';
import { pushProposal } from '../../model/registry-reference';
import { snapshotRoute } from '../../routes';
import { useSnapshot } from '../../state/snapshots';
import { pullFromRegistry, pushToRegistry } from '../../state/transfer-commands';
import { LeavingOutFields } from './LeavingOutFields';
import { VolumesStay } from './VolumesStay';
import styles from '../../components/DialogContent.module.css';
import { useLeavingOut } from './use-leaving-out';

const STORAGE_KEY = 'registry-reference';

/** Asks where a snapshot is to go. */
export function PushSnapshotDialog({ snapshotId }: { snapshotId: string }) {
  const item = useSnapshot(snapshotId);
  const name = item?.displayName ?? snapshotId;
  const form = useRegistryForm(() => pushProposal(lastReference(), name));
  const choice = useLeavingOut(snapshotId);
  const { busy, error, submit } = useSubmit(async () => {
    const leaveOut = await choice.settle();
    if (item !== undefined)
      await pushToRegistry(item, { ...form.request(), ...(leaveOut.length === 0 ? {} : { leaveOut }) });
    form.remember();
  });
  return (
    <Dialog
      title={`Push ${name} to a registry`}
      confirm="Push"
      onConfirm={submit}
      busy={busy}
      disabled={!form.isReady || !choice.isReady}
      error={error}
      wide
    >
      <p className={styles.muted}>
        Its files, name, note and lineage go along; values of environment variables do not. Any Docker can run
        it, and OpenSandbox Desktop on another machine can pull it.
      </p>
      <VolumesStay item={item} />
      <RegistryFields form={form} />
      <LeavingOutFields choice={choice} />
    </Dialog>
  );
}

/** Asks where a snapshot comes from. */
export function PullSnapshotDialog({ navigate }: { navigate: (path: string) => void }) {
  const form = useRegistryForm(lastReference);
  const { busy, error, submit } = useSubmit(async () => {
    await pullFromRegistry(form.request(), (id) => navigate(snapshotRoute(id)));
    form.remember();
  });
  return (
    <Dialog
      title="Pull a snapshot from a registry"
      confirm="Pull"
      onConfirm={submit}
      busy={busy}
      disabled={!form.isReady}
      error={error}
    >
      <p className={styles.muted}>It comes with its name, note, lineage and choices for restoring.</p>
      <RegistryFields form={form} />
    </Dialog>
  );
}

interface RegistryForm {
  values: { reference: string; username: string; password: string };
  change: (change: Partial<RegistryForm['values']>) => void;
  isReady: boolean;
  request: () => RegistryRequest;
  remember: () => void;
}

function RegistryFields({ form: { values, change } }: { form: RegistryForm }) {
  return (
    <>
      <TextField
        label="Reference"
        placeholder="registry.example.com:5000/team/my-snapshot:v1"
        value={values.reference}
        maxLength={512}
        focusFirst
        onChange={(event) => change({ reference: event.target.value })}
      />
      <TextField
        label="User name"
        hint="Leave it empty to sign in as “docker login” did on the server’s machine: by its Docker configuration or credential helper."
        value={values.username}
        onChange={(event) => change({ username: event.target.value })}
      />
      <TextField
        label="Password"
        type="password"
        autoComplete="new-password"
        hint="Used this once and not kept."
        value={values.password}
        onChange={(event) => change({ password: event.target.value })}
      />
    </>
  );
}

function useRegistryForm(proposal: () => string): RegistryForm {
  const [values, setValues] = useState(() => ({ reference: proposal(), username: '', password: '' }));
  const { username, password } = values;
  const reference = values.reference.trim();
  return {
    values,
    change: (change) => setValues({ ...values, ...change }),
    isReady: reference !== '' && (username === '') === (password === ''),
    request: () => ({ reference, ...(username === '' ? {} : { auth: { username, password } }) }),
    remember: () => {
      try {
        localStorage.setItem(STORAGE_KEY, reference);
      } catch {
        // Storage may be denied: then it has to be typed again.
      }
    },
  };
}

function lastReference(): string {
  try {
    return localStorage.getItem(STORAGE_KEY) ?? '';
  } catch {
    return '';
  }
}
