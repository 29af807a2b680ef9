import { Dialog } from '../../components/Dialog';
import { useSubmit } from '../../components/use-submit';
import { useSnapshot } from '../../state/snapshots';
import { saveToFile } from '../../state/transfer-commands';
import { LeavingOutFields } from './LeavingOutFields';
import { VolumesStay } from './VolumesStay';
import styles from '../../components/DialogContent.module.css';
import { useLeavingOut } from './use-leaving-out';

/** Asks what of a snapshot is to stay here before it becomes a file. */
export function ExportSnapshotDialog({ snapshotId }: { snapshotId: string }) {
  const item = useSnapshot(snapshotId);
  const choice = useLeavingOut(snapshotId);
  const { busy, error, submit } = useSubmit(async () => {
    const leaveOut = await choice.settle();
    if (item !== undefined) saveToFile(item, leaveOut);
  });
  return (
    <Dialog
      title={`Export ${item?.displayName ?? snapshotId} to a file`}
      confirm="Export"
      onConfirm={submit}
      busy={busy}
      disabled={!choice.isReady}
      error={error}
      wide
    >
      <p className={styles.muted}>
        The file holds all layers of the image, also files that a later layer changes or removes. Any Docker
        can load it.
      </p>
      <VolumesStay item={item} />
      <LeavingOutFields choice={choice} />
    </Dialog>
  );
}
