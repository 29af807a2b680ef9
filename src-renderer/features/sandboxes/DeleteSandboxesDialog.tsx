import { useState } from 'react';
import { useLocation } from 'wouter';
import type { DesktopSandbox } from '../../../src-main/http/schemas/desktop';
import { Dialog } from '../../components/Dialog';
import { useSubmit } from '../../components/use-submit';
import { count } from '../../model/count';
import { settleAll } from '../../model/settle-all';
import { ROUTES } from '../../routes';
import { remove } from '../../state/sandbox-commands';
import { sandboxesOf } from '../../state/sandboxes';
import { showToast } from '../../state/toasts';
import styles from './dialogs.module.css';

const SHOWN_NAMES = 6;

/** Names what goes and what stays; the safe button has the focus. */
export function DeleteSandboxesDialog({ ids }: { ids: readonly string[] }) {
  const [path, navigate] = useLocation();
  // As they were when the question was asked: they leave the list while it is being answered.
  const [items] = useState(() => sandboxesOf(ids));
  const { busy, error, submit } = useSubmit(async () => {
    await settleAll(ids.map((id) => () => remove(id)));
    if (path !== ROUTES.sandboxes && ids.some((id) => path.includes(id))) navigate(ROUTES.sandboxes);
    showToast({
      tone: 'info',
      message:
        items.length === 1
          ? `Deleted ${items[0]?.displayName ?? ''}.`
          : `Deleted ${String(items.length)} sandboxes.`,
    });
  });
  const what =
    items.length === 1 ? `sandbox ${items[0]?.displayName ?? ''}` : `${String(items.length)} sandboxes`;
  const running = items.filter((item) => item.sandbox.status.state === 'Running').length;
  const snapshots = items.reduce((sum, item) => sum + item.snapshotCount, 0);
  return (
    <Dialog
      danger
      title={`Delete ${what}?`}
      confirm={items.length === 1 ? 'Delete sandbox' : `Delete ${String(items.length)} sandboxes`}
      onConfirm={submit}
      busy={busy}
      error={error}
    >
      {items.length > 1 && (
        <ul className={styles.names}>
          {items.slice(0, SHOWN_NAMES).map((item) => (
            <li key={item.sandbox.id}>{item.displayName}</li>
          ))}
          {items.length > SHOWN_NAMES && <li>and {items.length - SHOWN_NAMES} more</li>}
        </ul>
      )}
      <ul className={styles.consequences}>
        <li>
          {running === 0
            ? 'Nothing runs in it now.'
            : items.length === 1
              ? 'Its running processes end.'
              : `Running processes end in ${String(running)} of them.`}
        </li>
        <li>{lossText(items)}</li>
        <li>{stayingText(snapshots, items.length)}</li>
      </ul>
    </Dialog>
  );
}

function lossText(items: readonly DesktopSandbox[]): string {
  const ruled = items.filter((item) => item.rules?.beforeDelete === true).length;
  if (ruled === 0) return 'Files that no snapshot holds are gone for good.';
  if (ruled === items.length) return 'Its rules take a last snapshot first.';
  return `A last snapshot is taken of ${String(ruled)} by rule; other files that no snapshot holds are gone for good.`;
}

function stayingText(snapshots: number, sandboxes: number): string {
  if (snapshots === 0) return 'There is no snapshot to go back to.';
  const whose = sandboxes === 1 ? 'it' : 'them';
  return `${count(snapshots, 'snapshot')} of ${whose} ${snapshots === 1 ? 'stays' : 'stay'} and can be restored.`;
}
