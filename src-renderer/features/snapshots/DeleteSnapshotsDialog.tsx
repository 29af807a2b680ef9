import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import styles from '../../components/DialogContent.module.css';
import { NameList } from '../../components/NameList';
import { useSubmit } from '../../components/use-submit';
import { count } from '../../model/count';
import { formatBytes } from '../../model/format-size';
import { settleAll } from '../../model/settle-all';
import { deletionEffect, type DeletionEffect } from '../../model/snapshot-list';
import { remove } from '../../state/snapshot-commands';
import { snapshotsOf } from '../../state/snapshots';
import { showToast } from '../../state/toasts';

/** Names what goes, what it frees and what is built on it; the safe button has the focus. */
export function DeleteSnapshotsDialog({ ids }: { ids: readonly string[] }) {
  // As they were when the question was asked: they leave the list while it is being answered.
  const [items] = useState(() => snapshotsOf(ids));
  const { busy, error, submit } = useSubmit(async () => {
    await settleAll(ids.map((id) => () => remove(id)));
    showToast({
      tone: 'info',
      message:
        items.length === 1
          ? `Deleted ${items[0]?.displayName ?? ''}.`
          : `Deleted ${String(items.length)} snapshots.`,
    });
  });
  const what =
    items.length === 1 ? `snapshot ${items[0]?.displayName ?? ''}` : `${String(items.length)} snapshots`;
  return (
    <Dialog
      danger
      title={`Delete ${what}?`}
      confirm={items.length === 1 ? 'Delete snapshot' : `Delete ${String(items.length)} snapshots`}
      onConfirm={submit}
      busy={busy}
      error={error}
    >
      <NameList items={items.map((item) => ({ id: item.snapshot.id, name: item.displayName }))} />
      <ul className={styles.consequences}>
        {consequences(deletionEffect(items), items.length).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </Dialog>
  );
}

function consequences(effect: DeletionEffect, howMany: number): string[] {
  const { freedBytes, keptBytes, children, sandboxes, pinned } = effect;
  const it = howMany === 1 ? 'it' : 'them';
  const lines = [`${formatBytes(freedBytes)} are freed on the disk.`];
  if (keptBytes > 0)
    lines.push(`${formatBytes(keptBytes)} more are freed once what was built on ${it} is gone.`);
  if (children > 0) {
    const stay = children === 1 ? 'stays' : 'stay';
    lines.push(`${count(children, 'child snapshot')} ${stay} complete and can still be restored.`);
  }
  if (sandboxes > 0) {
    const keep = sandboxes === 1 ? 'keeps' : 'keep';
    lines.push(`${count(sandboxes, 'sandbox', 'sandboxes')} started from ${it} ${keep} running.`);
  }
  if (children === 0 && sandboxes === 0) lines.push(`No other snapshot and no sandbox is built on ${it}.`);
  if (pinned > 0) lines.push(howMany === 1 ? 'It is pinned.' : `${String(pinned)} of them are pinned.`);
  lines.push('This cannot be undone.');
  return lines;
}
