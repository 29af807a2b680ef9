import { Box, Camera, type LucideIcon } from 'lucide-react';
import type { DesktopSandbox, DesktopSnapshot } from '../../../src-main/http/schemas/desktop';
import { sandboxActions } from '../../actions/sandbox-actions';
import { snapshotActions } from '../../actions/snapshot-actions';
import { availabilityFor, type EntityAction } from '../../components/entity-action';
import { formatNameStamp } from '../../model/format-time';
import { wordsOf } from '../../model/palette-match';
import { sandboxRoute, snapshotRoute } from '../../routes';
import { SCREENS } from '../../screens';
import { openDialog } from '../../state/dialogs';
import { goTo } from '../../state/navigation';
import { sandboxesOf, useSandboxes } from '../../state/sandboxes';
import { snapshotsOf, useSnapshots } from '../../state/snapshots';

/** One line of the palette. */
export interface PaletteEntry {
  /** The same over time, so that it can be recent. */
  key: string;
  label: string;
  /** What it is, in muted letters. */
  detail?: string;
  icon: LucideIcon;
  /** What is searched. */
  words: string;
  /** As `KeyboardEvent.key`. */
  shortcut?: string;
  /** Why it cannot be done now; `true` when it can. */
  reason: true | string;
  run: () => void;
  /** A sandbox or snapshot: its actions are one layer below. */
  entityId?: string;
}

const MAX_ROLLBACK_TARGETS = 3;
/** Records stay the same objects while nothing changes, so their words are made once. */
const known = new WeakMap<DesktopSandbox | DesktopSnapshot, PaletteEntry>();

const openSandbox = (id: string): void => goTo(sandboxRoute(id));

export function screenEntries(): PaletteEntry[] {
  return SCREENS.map(({ route, label, icon, key }) => ({
    key: `screen:${route}`,
    label,
    detail: `Screen, G ${key.toUpperCase()}`,
    icon,
    words: wordsOf(`go to ${label} screen`),
    reason: true,
    run: () => goTo(route),
  }));
}

/** Opens the sandbox or the snapshot; undefined when it is gone. */
export function entityEntry(id: string): PaletteEntry | undefined {
  const sandbox = useSandboxes.getState().byId[id];
  if (sandbox !== undefined) return remembered(sandbox, sandboxEntry);
  const snapshot = useSnapshots.getState().byId[id];
  return snapshot === undefined ? undefined : remembered(snapshot, snapshotEntry);
}

/** What can be done with these together, which are of one kind, in the registry's own words and order. */
export function actionEntries(ids: readonly string[], outage: string | undefined): PaletteEntry[] {
  const sandboxes = sandboxesOf(ids);
  if (sandboxes.length > 0) {
    const entries = entriesOf(sandboxActions(openSandbox), sandboxes, ids, outage);
    const [only] = sandboxes;
    const isOne = only !== undefined && sandboxes.length === 1;
    return isOne ? [...entries, ...rollbackEntries(only, outage)] : entries;
  }
  return entriesOf(snapshotActions(openSandbox), snapshotsOf(ids), ids, outage);
}

/** The name of one, or how many there are. */
export function namesOf(ids: readonly string[]): string {
  const [first] = ids;
  if (ids.length === 1 && first !== undefined) return entityEntry(first)?.label ?? first;
  const kind = sandboxesOf(ids).length > 0 ? 'sandboxes' : 'snapshots';
  return `${String(ids.length)} ${kind}`;
}

function entriesOf<T>(
  actions: readonly EntityAction<T>[],
  items: readonly T[],
  ids: readonly string[],
  outage: string | undefined,
): PaletteEntry[] {
  if (items.length === 0) return [];
  const name = namesOf(ids);
  return actions
    .filter((action) => items.length === 1 || action.bulk === true)
    .map((action) => ({
      key: `action:${action.id}:${ids.join(' ')}`,
      label: action.label,
      detail: name,
      icon: action.icon,
      words: wordsOf(`${action.label} ${name}`),
      ...(action.shortcut === undefined ? {} : { shortcut: action.shortcut }),
      reason: availabilityFor(action, items, outage),
      run: () => action.run(items),
    }));
}

/** The way back to each of the newest states of a sandbox: the registry's roll back with its snapshot chosen. */
function rollbackEntries(item: DesktopSandbox, outage: string | undefined): PaletteEntry[] {
  const sandboxId = item.sandbox.id;
  const action = sandboxActions(openSandbox).find(({ id }) => id === 'rollback');
  if (action === undefined) return [];
  const { byId, order } = useSnapshots.getState();
  const own = order.flatMap((id) => {
    const each = byId[id];
    return each?.snapshot.sandboxId === sandboxId && each.snapshot.status.state === 'Ready' ? [each] : [];
  });
  return own.slice(0, MAX_ROLLBACK_TARGETS).map(({ snapshot, displayName }) => ({
    key: `rollback:${sandboxId}:${snapshot.id}`,
    label: `Roll back ${item.displayName} to “${displayName}”…`,
    detail: formatNameStamp(new Date(snapshot.createdAt)),
    icon: action.icon,
    words: wordsOf(`roll back ${item.displayName} to ${displayName}`),
    reason: availabilityFor(action, [item], outage),
    run: () => openDialog({ kind: 'rollback', sandboxId, snapshotId: snapshot.id }),
  }));
}

function sandboxEntry(item: DesktopSandbox): PaletteEntry {
  const { id, status } = item.sandbox;
  return {
    key: id,
    label: item.displayName,
    detail: `Sandbox, ${status.state}`,
    icon: Box,
    words: wordsOf(`${item.displayName} sandbox ${status.state} ${id}`),
    reason: true,
    run: () => openSandbox(id),
    entityId: id,
  };
}

function snapshotEntry(item: DesktopSnapshot): PaletteEntry {
  const { id, status, createdAt } = item.snapshot;
  const of = item.sandboxName === undefined ? '' : ` of ${item.sandboxName}`;
  return {
    key: id,
    label: item.displayName,
    // Dates are slow to write, and few of ten thousand are ever shown.
    get detail() {
      return `Snapshot${of}, ${formatNameStamp(new Date(createdAt))}`;
    },
    icon: Camera,
    words: wordsOf(`${item.displayName} snapshot${of} ${status.state} ${id}`),
    reason: true,
    run: () => goTo(snapshotRoute(id)),
    entityId: id,
  };
}

function remembered<T extends DesktopSandbox | DesktopSnapshot>(
  item: T,
  make: (item: T) => PaletteEntry,
): PaletteEntry {
  const before = known.get(item);
  if (before !== undefined) return before;
  const entry = make(item);
  known.set(item, entry);
  return entry;
}
