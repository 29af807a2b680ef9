import type { DesktopSandbox } from '../../src-main/http/schemas/desktop';
import { Banner } from './Banner';
import { Button } from './Button';
import { openDialog } from '../state/dialogs';
import { resume } from '../state/sandbox-commands';
import { useSnapshots } from '../state/snapshots';

interface StoppedNoticeProps {
  item: DesktopSandbox;
  /** What becomes of the part while the sandbox is paused, when it is about to run, and when it has ended. */
  paused: string;
  waiting: string;
  ended: string;
}

/** Why nothing answers, and the way on from there. */
export function StoppedNotice({ item, paused, waiting, ended }: StoppedNoticeProps) {
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
        The sandbox is paused. {paused}
      </Banner>
    );
  }
  if (status.state === 'Pending' || status.state === 'Resuming' || status.state === 'Pausing') {
    return (
      <Banner tone="info">
        The sandbox is {status.state}. {waiting}
      </Banner>
    );
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
      The sandbox has stopped: {status.message} {ended}
    </Banner>
  );
}
