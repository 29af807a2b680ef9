import { Copy } from 'lucide-react';
import { EntityMenu } from '../../actions/EntityMenu';
import type { Activity } from '../../../src-main/http/schemas/desktop';
import { copyText } from '../../state/clipboard';
import { useSnapshots } from '../../state/snapshots';

export interface ActivityMenuRequest {
  entry: Activity;
  x: number;
  y: number;
}

/** What can be done with what an entry is about, while it still exists, and with the entry itself. */
export function ActivityMenu({ request, onClose }: { request: ActivityMenuRequest; onClose: () => void }) {
  const { entry, x, y } = request;
  const { sandboxId = '', snapshotId = '', message, at } = entry;
  const hasSnapshot = useSnapshots((state) => snapshotId in state.byId);
  return (
    <EntityMenu
      label="Actions of the entry"
      request={{ id: hasSnapshot ? snapshotId : sandboxId, x, y }}
      more={[
        {
          id: 'copy-entry',
          label: 'Copy this entry',
          icon: Copy,
          reason: true,
          run: () => void copyText(`${at} ${message}`, 'entry'),
        },
      ]}
      onClose={onClose}
    />
  );
}
