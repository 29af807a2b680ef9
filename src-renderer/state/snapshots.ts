import { useEffect } from 'react';
import { create } from 'zustand';
import type { DesktopSnapshot, DesktopSnapshotList } from '../../src-main/http/schemas/desktop';
import { ApiError, errorMessage } from '../api/api-error';
import { getSnapshot, listSnapshots } from '../api/desktop-api';
import {
  EMPTY_ENTITIES,
  appendOlder,
  applyChanges,
  beginRereading,
  endRereading,
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
const ID_PREFIX = 'snap_';

interface SnapshotsState extends EntityState<DesktopSnapshot> {
  /** How many there are on the server, while older pages are still on their way. */
  readonly expected: number | undefined;
  /** Of the ones that an address names, those that the server does not know. */
  readonly unknown: readonly string[];
}

export const useSnapshots = create<SnapshotsState>(() => ({
  ...EMPTY_ENTITIES,
  expected: undefined,
  unknown: [],
}));

/** Which load is current; an older one that is still paging stops. */
let generation = 0;
/** Told of by events while pages are on their way: a page is older, and cannot bring back what was removed. */
let changedMeanwhile = new Set<string>();
/** What {@link useAddressedSnapshot} is used for at the moment; twice, where two places do. */
const addressed: string[] = [];

/** One snapshot; the component renders again only when this one changes. */
export function useSnapshot(id: string): DesktopSnapshot | undefined {
  return useSnapshots((state) => state.byId[id]);
}

/**
 * The snapshot that an address names, or that something on screen names as its own. It may be older than what was read
 * of the list so far: then it is read by itself.
 */
export function useAddressedSnapshot(id: string): DesktopSnapshot | undefined {
  useEffect(() => {
    addressed.push(id);
    void readAddressed(id);
    return () => {
      addressed.splice(addressed.indexOf(id), 1);
    };
  }, [id]);
  return useSnapshot(id);
}

/** Whether it is known that there is no such snapshot, and not only that it was not read yet. */
export function useIsMissing(id: string): boolean {
  return useSnapshots((state) => {
    const isWhole = state.loadedAt !== undefined && state.expected === undefined;
    return !(id in state.byId) && (isWhole || state.unknown.includes(id));
  });
}

/** Reads the newest page, shows it, and reads the rest in the background; what was read before stays until then. */
export async function loadSnapshots(): Promise<void> {
  const mine = ++generation;
  changedMeanwhile = new Set();
  try {
    const first = await listSnapshots(FIRST_PAGE);
    if (mine !== generation) return;
    const before = useSnapshots.getState().order;
    showFirstPage(first);
    if (first.nextCursor !== undefined) void loadOlder({ first, before, mine });
  } catch (error) {
    useSnapshots.setState({ loadError: errorMessage(error) });
  }
}

/** The newest page for the first screen only: a list that was read meanwhile is newer and stays. */
export async function readSnapshotsAhead(): Promise<void> {
  const first = await listSnapshots(FIRST_PAGE);
  if (useSnapshots.getState().loadedAt !== undefined) return;
  showFirstPage(first);
}

export function applySnapshotChanges(changes: EntityChange<DesktopSnapshot>[]): void {
  for (const { id } of changes) changedMeanwhile.add(id);
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

function showFirstPage({ items, totalItems, nextCursor }: DesktopSnapshotList): void {
  if (nextCursor === undefined) useSnapshots.setState({ ...replaceAll(items, idOf), expected: undefined });
  else useSnapshots.setState((state) => ({ ...beginRereading(state, items, idOf), expected: totalItems }));
  for (const id of addressed) void readAddressed(id);
}

/** Reads what an address names, unless the list holds it or is whole; other things than snapshots are others' business. It gets its place in the list with its page. */
async function readAddressed(id: string): Promise<void> {
  const { expected, order, byId } = useSnapshots.getState();
  if (!id.startsWith(ID_PREFIX) || expected === undefined || order.includes(id)) return;
  try {
    const item = await getSnapshot(id);
    useSnapshots.setState((state) => {
      // What came meanwhile, by an event or with its page, is newer.
      const isOld = changedMeanwhile.has(id) || state.byId[id] !== byId[id];
      return isOld ? state : { byId: { ...state.byId, [id]: item } };
    });
  } catch (error) {
    // Whatever else went wrong, the pages of the list will tell.
    if (!(error instanceof ApiError) || error.status !== 404) return;
    useSnapshots.setState((state) => ({
      ...applyChanges(state, [{ id, value: null }]),
      unknown: [...state.unknown, id],
    }));
  }
}

interface OlderPages {
  first: DesktopSnapshotList;
  /** What was in sight before the first page. */
  before: readonly string[];
  mine: number;
}

async function loadOlder({ first, before, mine }: OlderPages): Promise<void> {
  const pages = [...first.items];
  try {
    for (let next = first.nextCursor; next !== undefined;) {
      await whenIdle();
      const page = await listSnapshots(NEXT_PAGE, next);
      if (mine !== generation) return;
      pages.push(...page.items);
      const { byId } = useSnapshots.getState();
      const items = page.items.filter((item) => !changedMeanwhile.has(idOf(item)) || idOf(item) in byId);
      useSnapshots.setState((state) => appendOlder(state, items, idOf));
      next = page.nextCursor;
    }
    useSnapshots.setState((state) => ({
      ...endRereading(state, { before, pages, changed: changedMeanwhile }, idOf),
      expected: undefined,
    }));
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
