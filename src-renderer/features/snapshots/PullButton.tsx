import { CloudDownload } from 'lucide-react';
import { Button } from '../../components/Button';
import { useOutage } from '../../state/connection';
import { openDialog } from '../../state/dialogs';

/** Takes a snapshot in that was pushed to a registry. */
export function PullButton() {
  const outage = useOutage();
  return (
    <Button
      icon={CloudDownload}
      disabled={outage !== undefined}
      aria-label="Pull from a registry…"
      title={outage ?? 'Pull a snapshot from a registry'}
      onClick={() => openDialog({ kind: 'pull-snapshot' })}
    >
      Pull…
    </Button>
  );
}
