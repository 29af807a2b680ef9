import type { IMarker, Terminal } from '@xterm/xterm';
import { formatNameStamp } from '../../model/format-time';
import { useSnapshots } from '../../state/snapshots';
import styles from './TerminalPane.module.css';

export interface SnapshotMark {
  snapshotId: string;
  label: string;
  /** Its line, which moves with the scrollback. */
  marker: IMarker;
}

/**
 * Marks the line at which each snapshot of the sandbox was taken while the terminal was there.
 * @returns a function that stops it
 */
export function followSnapshots(
  terminal: Terminal,
  sandboxId: string,
  changed: (marks: readonly SnapshotMark[]) => void,
): () => void {
  const known = new Set(useSnapshots.getState().order);
  let loaded = useSnapshots.getState().loadedAt !== undefined;
  let marks: readonly SnapshotMark[] = [];
  const drop = (mark: SnapshotMark): void => {
    marks = marks.filter((each) => each !== mark);
    changed(marks);
  };
  return useSnapshots.subscribe(({ order, byId, loadedAt }) => {
    const fresh = order.filter((id) => !known.has(id));
    for (const id of fresh) known.add(id);
    // The first list is history: nobody knows any more where its snapshots belong.
    const isHistory = !loaded;
    loaded = loadedAt !== undefined;
    if (isHistory) return;
    for (const id of fresh) {
      const item = byId[id];
      if (item?.snapshot.sandboxId !== sandboxId) continue;
      const mark = addMark(terminal, id, labelOf(item.displayName, item.snapshot.createdAt));
      if (mark === undefined) continue;
      marks = [...marks, mark];
      mark.marker.onDispose(() => drop(mark));
      changed(marks);
    }
  });
}

function labelOf(name: string, createdAt: string): string {
  return `${name} · ${formatNameStamp(new Date(createdAt))}`;
}

/** Undefined while a full-screen program has the terminal, which has no scrollback. */
function addMark(terminal: Terminal, snapshotId: string, label: string): SnapshotMark | undefined {
  if (terminal.buffer.active.type === 'alternate') return undefined;
  const marker = terminal.registerMarker(0);
  const decoration = terminal.registerDecoration({ marker, width: terminal.cols, layer: 'top' });
  decoration?.onRender((element) => {
    element.className = `xterm-decoration ${styles.mark ?? ''}`;
    element.textContent = label;
  });
  return { snapshotId, label, marker };
}
