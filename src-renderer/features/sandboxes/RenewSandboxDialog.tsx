import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { SelectField } from '../../components/Field';
import { RelativeTime } from '../../components/RelativeTime';
import { useSubmit } from '../../components/use-submit';
import { TIMEOUT_CHOICES } from '../../model/sandbox-form';
import { renew } from '../../state/sandbox-commands';
import { useSandbox } from '../../state/sandboxes';
import styles from '../../components/DialogContent.module.css';

const CHOICES = TIMEOUT_CHOICES.filter((choice) => choice.value !== 'never');

export function RenewSandboxDialog({ sandboxId }: { sandboxId: string }) {
  const item = useSandbox(sandboxId);
  const [seconds, setSeconds] = useState<string>('3600');
  const { busy, error, submit } = useSubmit(() =>
    renew(sandboxId, new Date(Date.now() + Number(seconds) * 1000)),
  );
  const expiresAt = item?.sandbox.expiresAt;
  return (
    <Dialog
      title={`Change expiry of ${item?.displayName ?? sandboxId}`}
      confirm="Change expiry"
      onConfirm={submit}
      busy={busy}
      error={error}
    >
      {expiresAt !== undefined && (
        <p className={styles.muted}>
          It expires <RelativeTime iso={expiresAt} direction="future" /> and is deleted then. Snapshots stay.
        </p>
      )}
      <SelectField label="Expires" value={seconds} options={CHOICES} onChange={setSeconds} />
    </Dialog>
  );
}
