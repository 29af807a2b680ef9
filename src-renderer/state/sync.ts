import type { DesktopEvent } from '../../src-main/http/schemas/desktop';
import { followEvents } from '../api/event-stream';
import { applyActivityChanges, loadActivity } from './activity';
import { applyEngine, loadStatus, markLive, markLost, useConnection } from './connection';
import { loadImages, useImages } from './images';
import { applySettings, loadSettings } from './preferences';
import { applySandboxChanges, loadSandboxes, readSandboxesAhead, useSandboxes } from './sandboxes';
import { applySnapshotChanges, loadSnapshots, readSnapshotsAhead } from './snapshots';
import { applyTaskChanges, loadTasks } from './tasks';

const STATUS_EVERY_MS = 30_000;
const STARTING_RETRY_MS = 1000;

/**
 * Keeps every store equal to the server: first lists, then events; all lists again after a gap. Events that
 * arrive while lists are being read are applied after them, because a list may be older than an event.
 * Returns how to stop.
 */
export function startSync(): () => void {
  const waiting: DesktopEvent[] = [];
  let loading = 0;

  const reload = async (): Promise<void> => {
    loading += 1;
    await loadAll();
    loading -= 1;
    if (loading === 0) applyEvents(waiting.splice(0));
  };

  void readAhead();
  const stopEvents = followEvents({
    onOpen: (resumed) => {
      markLive();
      if (resumed) void loadStatus();
      else void reload();
    },
    onEvents: (events) => {
      const reset = events.findLastIndex((event) => event.type === 'reset');
      if (reset !== -1 || events.some(tellsMore)) void reload();
      const rest = events.slice(reset + 1);
      if (loading > 0) waiting.push(...rest);
      else applyEvents(rest);
    },
    onLost: (error) => markLost(error),
  });
  const stopStatus = refreshStatus();
  return () => {
    stopEvents();
    stopStatus();
  };
}

/** After which the lists hold something else: an engine is here, or the first search for one ended without. */
function tellsMore(event: DesktopEvent): boolean {
  if (event.type !== 'engine' || event.value.state === 'looking') return false;
  return event.value.state === 'connected' || useSandboxes.getState().loadedAt === undefined;
}

/**
 * What the first screen shows, while the stream is being opened. It may miss what changes until then, so everything
 * is read once more when the stream is open; a failure is told by that second reading.
 */
async function readAhead(): Promise<void> {
  await Promise.allSettled([loadStatus(), readSandboxesAhead(), readSnapshotsAhead()]);
}

async function loadAll(): Promise<void> {
  await Promise.all([
    loadStatus(),
    loadSandboxes(),
    loadSnapshots(),
    loadTasks(),
    loadActivity(),
    // Settings have defaults on the page, so a failed read only means that they stay.
    loadSettings().catch(() => undefined),
  ]);
}

function applyEvents(events: DesktopEvent[]): void {
  if (events.length === 0) return;
  applySandboxChanges(events.flatMap((event) => (event.type === 'sandbox' ? [event] : [])));
  applySnapshotChanges(events.flatMap((event) => (event.type === 'snapshot' ? [event] : [])));
  applyTaskChanges(events.flatMap((event) => (event.type === 'task' ? [event] : [])));
  applyActivityChanges(events.flatMap((event) => (event.type === 'activity' ? [event] : [])));
  for (const event of events) {
    if (event.type === 'engine') applyEngine(event.value);
    else if (event.type === 'settings') applySettings(event.value);
    else if (event.type === 'images' && useImages.getState().loadedAt !== undefined) void loadImages();
  }
}

/** Disk headroom and the listener have no event: read them again now and then, never while hidden. */
function refreshStatus(): () => void {
  const timer = setInterval(() => {
    if (!document.hidden && useConnection.getState().phase === 'live') void loadStatus();
  }, STATUS_EVERY_MS);
  const starting = setInterval(() => {
    const { status, phase } = useConnection.getState();
    const settled = status !== undefined && status.listener.state !== 'starting';
    if (!settled && !document.hidden && phase === 'live') void loadStatus();
  }, STARTING_RETRY_MS);
  return () => {
    clearInterval(timer);
    clearInterval(starting);
  };
}
