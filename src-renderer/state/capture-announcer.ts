import type { DesktopSnapshot } from '../../src-main/http/schemas/desktop';
import { captureTiming, timedProgress } from '../model/capture-progress';
import { announce } from './announcements';
import { subscribe } from './clock';
import { useSnapshots } from './snapshots';
import { notifyLongWork } from './system-notices';

const QUARTERS = [0.25, 0.5, 0.75];

type Snapshots = Readonly<Record<string, DesktopSnapshot>>;

/** Tells screen readers the start, each quarter and the end of captures; the desktop too when it took long. */
export function startCaptureAnnouncer(): () => void {
  const running = new Map<string, number>();
  let stopClock: (() => void) | undefined;

  const onChange = (byId: Snapshots, before: Snapshots, known: boolean): void => {
    if (known) for (const item of endedUnseen(byId, before)) announceEnd(item);
    for (const item of Object.values(byId)) {
      const { id, status } = item.snapshot;
      if (status.state === 'Creating' && !running.has(id)) {
        running.set(id, 0);
        if (known) announce(`Snapshot ${item.displayName} started.`);
      }
    }
    for (const id of running.keys()) {
      const item = byId[id];
      if (item?.snapshot.status.state === 'Creating') continue;
      running.delete(id);
      if (item !== undefined) announceEnd(item);
    }
    if (running.size > 0) stopClock ??= subscribe(onTick);
    else {
      stopClock?.();
      stopClock = undefined;
    }
  };

  const onTick = (): void => {
    const { byId } = useSnapshots.getState();
    for (const [id, said] of running) {
      const item = byId[id];
      if (item === undefined) continue;
      const { fraction } = timedProgress(captureTiming(item), Date.now());
      const reached = QUARTERS.filter((quarter) => (fraction ?? 0) >= quarter).length;
      if (reached <= said) continue;
      running.set(id, reached);
      announce(`Snapshot ${item.displayName}: ${String(reached * 25)} percent.`);
    }
  };

  const stop = useSnapshots.subscribe((state, before) => {
    if (state.byId !== before.byId) onChange(state.byId, before.byId, before.loadedAt !== undefined);
  });
  return () => {
    stop();
    stopClock?.();
  };
}

/** Captures that took so little time that the first word of them was their end; older snapshots come from elsewhere. */
function endedUnseen(byId: Snapshots, before: Snapshots): DesktopSnapshot[] {
  const fresh = Object.values(byId).filter(
    ({ snapshot }) => !(snapshot.id in before) && ['Ready', 'Failed'].includes(snapshot.status.state),
  );
  if (fresh.length === 0) return fresh;
  const times = Object.values(before).map(({ snapshot }) => snapshot.createdAt);
  const newest = times.reduce((latest, time) => (time > latest ? time : latest), '');
  return fresh.filter(({ snapshot }) => snapshot.createdAt > newest);
}

function announceEnd(item: DesktopSnapshot): void {
  const { state, message } = item.snapshot.status;
  const failed = state === 'Failed';
  const text = failed
    ? `Snapshot ${item.displayName} failed: ${message ?? 'no reason given'}`
    : `Snapshot ${item.displayName} is ready.`;
  announce(text, failed ? 'assertive' : 'polite');
  notifyLongWork(item.snapshot.createdAt, failed ? 'Snapshot failed' : 'Snapshot ready', text);
}
