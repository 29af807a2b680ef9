import { useState } from 'react';
import { useLocation } from 'wouter';
import { Dialog } from '../../components/Dialog';
import { CheckField } from '../../components/Field';
import styles from '../../components/DialogContent.module.css';
import { NameList } from '../../components/NameList';
import { useSubmit } from '../../components/use-submit';
import { count } from '../../model/count';
import { ROUTES } from '../../routes';
import { canBeKept, deleteSandboxes, keptByRule } from '../../state/delete-commands';
import { sandboxesOf } from '../../state/sandboxes';

/** Names what goes and what stays; the safe button has the focus. */
export function DeleteSandboxesDialog({ ids }: { ids: readonly string[] }) {
  const [path, navigate] = useLocation();
  // As they were when the question was asked: they leave the list while it is being answered.
  const [items] = useState(() => sandboxesOf(ids));
  const canKeep = items.filter(canBeKept).length;
  const [wish, setSafety] = useState(true);
  const safety = wish && canKeep > 0;
  const captured = safety ? canKeep : 0;
  const ruled = items.filter(keptByRule).length;
  const { busy, error, submit } = useSubmit(async () => {
    await deleteSandboxes(items, safety);
    if (path !== ROUTES.sandboxes && ids.some((id) => path.includes(id))) navigate(ROUTES.sandboxes);
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
      <NameList items={items.map((item) => ({ id: item.sandbox.id, name: item.displayName }))} />
      <ul className={styles.consequences}>
        <li>
          {running === 0
            ? 'Nothing runs in it now.'
            : items.length === 1
              ? 'Its running processes end.'
              : `Running processes end in ${String(running)} of them.`}
        </li>
        {ruled > 0 && <li>{ruledText(ruled, items.length)}</li>}
        {ruled + captured < items.length && <li>Files that no snapshot holds are gone for good.</li>}
        {(ruled + captured === 0 || snapshots > 0) && <li>{stayingText(snapshots, items.length)}</li>}
      </ul>
      {canKeep > 0 && (
        <CheckField
          label="Take a safety snapshot first"
          hint={safetyHint(canKeep, items.length)}
          checked={wish}
          onChange={setSafety}
        />
      )}
    </Dialog>
  );
}

function ruledText(ruled: number, sandboxes: number): string {
  return ruled === sandboxes
    ? 'Its rules take a last snapshot first.'
    : `A last snapshot is taken of ${String(ruled)} by rule.`;
}

function safetyHint(canKeep: number, howMany: number): string {
  const undo = 'Undo starts anew from it: under a new id, without environment values and volumes.';
  return canKeep === howMany ? undo : `${undo} It is taken of ${String(canKeep)} of them.`;
}

function stayingText(snapshots: number, sandboxes: number): string {
  if (snapshots === 0) return 'There is no snapshot to go back to.';
  const whose = sandboxes === 1 ? 'it' : 'them';
  return `${count(snapshots, 'snapshot')} of ${whose} ${snapshots === 1 ? 'stays' : 'stay'} and can be restored.`;
}
