import { create } from 'zustand';
import type { DesktopSnapshot } from '../../src-main/http/schemas/desktop';
import { errorMessage } from '../api/api-error';
import { listSnapshots } from '../api/desktop-api';
import {
  EMPTY_ENTITIES,
  appendOlder,
  applyChanges,
  replaceAll,
  type EntityChange,
  type EntityState,
} from './entity-state';

/** More rows than a screen has, and no more: it is what a person waits for. */
const FIRST_PAGE = 100;
/** Parsed in less than a frame. */
const NEXT_PAGE = 500;
/** How long older pages wait for the page to be idle. */
const IDLE_DEADLINE_MS = 300;

interface SnapshotsState extends EntityState<DesktopSnapshot> {
  /** How many there are on the server, while older pages are still on their way. */
  readonly expected: number | undefined;
}

export const useSnapshots = create<SnapshotsState>(() => ({ ...EMPTY_ENTITIES, expected: undefined }));

/** Which load is current; an older one that is still paging stops. */
let generation = 0;
/** Removed while older pages are on their way, so that a page cannot bring them back. */
let removedMeanwhile = new Set<string>();

/** One snapshot; the component renders again only when this one changes. */
export function useSnapshot(id: string): DesktopSnapshot | undefined {
  return useSnapshots((state) => state.byId[id]);
}

/** Reads the newest page, shows it, and reads the rest in the background. */
export async function loadSnapshots(): Promise<void> {
  const mine = ++generation;
  removedMeanwhile = new Set();
  try {
    const first = await listSnapshots(FIRST_PAGE);
    if (mine !== generation) return;
    const expected = first.nextCursor === undefined ? undefined : first.totalItems;
    useSnapshots.setState({ ...replaceAll(first.items, idOf), expected });
    if (first.nextCursor !== undefined) void loadOlder(first.nextCursor, mine);
  } catch (error) {
    useSnapshots.setState({ loadError: errorMessage(error) });
  }
}

/** The newest page for the first screen only: a list that was read meanwhile is newer and stays. */
export async function readSnapshotsAhead(): Promise<void> {
  const { items, nextCursor, totalItems } = await listSnapshots(FIRST_PAGE);
  if (useSnapshots.getState().loadedAt !== undefined) return;
  const expected = nextCursor === undefined ? undefined : totalItems;
  useSnapshots.setState({ ...replaceAll(items, idOf), expected });
}

export function applySnapshotChanges(changes: EntityChange<DesktopSnapshot>[]): void {
  for (const { id, value } of changes) if (value === null) removedMeanwhile.add(id);
  useSnapshots.setState((state) => applyChanges(state, changes));
}

/** The snapshots of these ids that still exist. */
export function snapshotsOf(ids: readonly string[]): DesktopSnapshot[] {
  const { byId } = useSnapshots.getState();
  return ids.flatMap((id) => byId[id] ?? []);
}

/** Resolves when the capture no longer runs; undefined when the snapshot was removed meanwhile. */
export function snapshotEnd(id: string): Promise<DesktopSnapshot | undefined> {
  let wasSeen = false;
  return new Promise((resolve) => {
    const ended = (item: DesktopSnapshot | undefined): boolean => {
      wasSeen ||= item !== undefined;
      if (!wasSeen || item?.snapshot.status.state === 'Creating') return false;
      resolve(item);
      return true;
    };
    if (ended(useSnapshots.getState().byId[id])) return;
    const stop = useSnapshots.subscribe(({ byId }) => {
      if (ended(byId[id])) stop();
    });
  });
}

async function loadOlder(cursor: string, mine: number): Promise<void> {
  try {
    for (let next: string | undefined = cursor; next !== undefined;) {
      await whenIdle();
      const page = await listSnapshots(NEXT_PAGE, next);
      if (mine !== generation) return;
      const items = page.items.filter((item) => !removedMeanwhile.has(idOf(item)));
      useSnapshots.setState((state) => appendOlder(state, items, idOf));
      next = page.nextCursor;
    }
    useSnapshots.setState({ expected: undefined });
  } catch (error) {
    useSnapshots.setState({ loadError: errorMessage(error) });
  }
}

function idOf(item: DesktopSnapshot): string {
  return item.snapshot.id;
}

/** What is on screen comes first. */
function whenIdle(): Promise<void> {
  return new Promise((resolve) => requestIdleCallback(() => resolve(), { timeout: IDLE_DEADLINE_MS }));
}
