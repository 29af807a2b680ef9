import type { DesktopSandbox } from '../../../src-main/http/schemas/desktop';
import { Banner } from '../../components/Banner';
import { Button } from '../../components/Button';
import { openDialog } from '../../state/dialogs';
import { resume } from '../../state/sandbox-commands';
import { useSnapshots } from '../../state/snapshots';

/** Why nothing answers, and the way on from there. */
export function StoppedNotice({ item }: { item: DesktopSandbox }) {
  const { id, status } = item.sandbox;
  const newest = useSnapshots(({ order, byId }) =>
    order.find(
      (each) => byId[each]?.snapshot.sandboxId === id && byId[each].snapshot.status.state === 'Ready',
    ),
  );
  if (status.state === 'Paused') {
    return (
      <Banner
        tone="warning"
        action={
          <Button tone="primary" onClick={() => void resume(id)}>
            Resume
          </Button>
        }
      >
        The sandbox is paused. Its terminals go on where they are when it is resumed.
      </Banner>
    );
  }
  if (status.state === 'Pending' || status.state === 'Resuming' || status.state === 'Pausing') {
    return <Banner tone="info">The sandbox is {status.state}. Terminals open once it runs.</Banner>;
  }
  return (
    <Banner
      tone="warning"
      action={
        <Button
          onClick={() =>
            openDialog(
              newest === undefined
                ? { kind: 'create-sandbox' }
                : { kind: 'restore-snapshot', snapshotId: newest },
            )
          }
        >
          {newest === undefined ? 'New sandbox…' : 'Restart from its newest snapshot…'}
        </Button>
      }
    >
      The sandbox has stopped: {status.message} Its terminals ended with it.
    </Banner>
  );
}
