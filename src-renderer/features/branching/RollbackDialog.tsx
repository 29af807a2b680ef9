import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { CheckField, SelectField } from '../../components/Field';
import { useSubmit } from '../../components/use-submit';
import { formatNameStamp } from '../../model/format-time';
import { rollBack } from '../../state/branch-commands';
import { useSandbox } from '../../state/sandboxes';
import { useSnapshots } from '../../state/snapshots';
import styles from './branching.module.css';
import { rollbackChoices } from './rollback-choices';

interface RollbackDialogProps {
  sandboxId: string;
  /** Chosen already, as from the list of snapshots. */
  snapshotId?: string;
}

/** Which snapshot to go back to; the state of now is kept unless the person says otherwise. */
export function RollbackDialog({ sandboxId, snapshotId }: RollbackDialogProps) {
  const item = useSandbox(sandboxId);
  const { byId, order } = useSnapshots();
  const choices = rollbackChoices(sandboxId, order, byId);
  const [chosen, setChosen] = useState(snapshotId ?? choices[0]?.snapshot.id ?? '');
  const isRunning = item?.sandbox.status.state === 'Running';
  const [safety, setSafety] = useState(item?.rules?.beforeRollback ?? true);
  const { busy, error, submit } = useSubmit(() => rollBack(sandboxId, chosen, safety && isRunning));
  const copies = byId[chosen]?.volumeCopies ?? [];
  return (
    <Dialog
      title={`Roll back ${item?.displayName ?? sandboxId}`}
      confirm="Roll back"
      onConfirm={submit}
      busy={busy}
      disabled={chosen === ''}
      error={error}
    >
      {choices.length === 0 ? (
        <p className={styles.muted}>There is no snapshot to go back to yet. Take one first.</p>
      ) : (
        <SelectField
          label="Snapshot"
          focusFirst
          value={chosen}
          options={choices.map((each) => ({
            value: each.snapshot.id,
            label: `${each.displayName} (${formatNameStamp(new Date(each.snapshot.createdAt))}${
              each.snapshot.sandboxId === sandboxId ? '' : `, of ${each.sandboxName ?? 'another sandbox'}`
            })`,
          }))}
          onChange={setChosen}
        />
      )}
      {isRunning ? (
        <CheckField
          label="Take a safety snapshot first"
          hint="With it the roll back can be undone."
          checked={safety}
          onChange={setSafety}
        />
      ) : (
        <p className={styles.muted}>
          Only a running sandbox can be captured, so no safety snapshot is taken and this cannot be undone.
        </p>
      )}
      <p className={styles.muted}>
        Files become those of the snapshot and its processes start anew. Id, endpoints, environment, expiry
        and {copies.length === 0 ? '' : 'other '}mounted volumes stay.
        {copies.length > 0 &&
          ` New volumes with the content of then are mounted at ${copies.map((copy) => copy.mountPath).join(', ')}.`}
      </p>
    </Dialog>
  );
}
