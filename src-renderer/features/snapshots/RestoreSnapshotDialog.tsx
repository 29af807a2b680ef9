import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { SandboxFields } from '../../components/SandboxFields';
import { useSubmit } from '../../components/use-submit';
import { checkSandboxForm, newSandboxForm, sandboxFormRequest } from '../../model/sandbox-form';
import { sandboxRoute } from '../../routes';
import { create } from '../../state/sandbox-commands';
import { useSnapshot } from '../../state/snapshots';
import { showToast } from '../../state/toasts';
import styles from '../../components/DialogContent.module.css';

interface RestoreSnapshotDialogProps {
  snapshotId: string;
  navigate: (path: string) => void;
}

/** Starts a sandbox from a snapshot, with the source's own choices filled in; values of variables never are. */
export function RestoreSnapshotDialog({ snapshotId, navigate }: RestoreSnapshotDialogProps) {
  const item = useSnapshot(snapshotId);
  const [form, setForm] = useState(() =>
    newSandboxForm({
      entrypoint: item?.restoreDefaults.entrypoint ?? [],
      limits: item?.restoreDefaults.resourceLimits ?? {},
      envNames: item?.restoreDefaults.envNames ?? [],
    }),
  );
  const errors = checkSandboxForm(form);
  const name = item?.displayName ?? snapshotId;
  const { busy, error, submit } = useSubmit(async () => {
    const id = await create({ snapshotId, ...sandboxFormRequest(form) });
    const action = { label: 'Open sandbox', run: () => navigate(sandboxRoute(id)) };
    showToast({ tone: 'info', message: `Restored “${name}”.`, action });
  });
  return (
    <Dialog
      wide
      title={`Restore ${name}`}
      confirm={busy ? 'Restoring…' : 'Restore'}
      onConfirm={submit}
      busy={busy}
      disabled={Object.keys(errors).length > 0}
      error={error}
    >
      <p className={styles.muted}>
        A new sandbox starts with the files of this snapshot. The snapshot stays as it is.
      </p>
      <SandboxFields
        form={form}
        errors={errors}
        onChange={setForm}
        focusFirst
        {...(form.env.length > 0
          ? { envHint: 'Names come from the source; values were not kept. Empty ones are left out.' }
          : {})}
      />
    </Dialog>
  );
}
