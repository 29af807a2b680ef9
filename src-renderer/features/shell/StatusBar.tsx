import { CircleAlert, CircleCheck, HardDrive, LoaderCircle } from 'lucide-react';
import { Link } from 'wouter';
import { CopyButton } from '../../components/CopyButton';
import { formatBytes } from '../../model/format-size';
import { ROUTES } from '../../routes';
import { engineName } from '../../model/engine-name';
import { useConnection } from '../../state/connection';
import { useSnapshots } from '../../state/snapshots';
import { useTasks } from '../../state/tasks';
import styles from './StatusBar.module.css';

/** Engine, address, work under way, room on the disk. */
export function StatusBar() {
  const status = useConnection((state) => state.status);
  const running = useTasks((state) => state.order.filter((id) => state.byId[id]?.state === 'Running').length);
  const captures = useSnapshots((state) => countCreating(state.byId));
  const work = running + captures;
  return (
    <footer className={styles.bar} aria-label="Status">
      <Engine />
      {status !== undefined && (
        <span className={styles.part}>
          <code className={styles.address}>{status.address}/v1</code>
          <CopyButton text={`${status.address}/v1`} what="address" />
        </span>
      )}
      <span className={styles.space} />
      {work > 0 && (
        <Link href={ROUTES.activity} className={styles.work}>
          <LoaderCircle size={13} aria-hidden className="spin" />
          {workText(captures, running)}
        </Link>
      )}
      {status !== undefined && (
        <span
          className={styles.part}
          title={`${formatBytes(status.disk.freeBytes)} of ${formatBytes(status.disk.totalBytes)} free`}
        >
          <HardDrive size={13} aria-hidden />
          {formatBytes(status.disk.freeBytes)} free
        </span>
      )}
    </footer>
  );
}

function Engine() {
  const phase = useConnection((state) => state.phase);
  const engine = useConnection((state) => state.status?.engine);
  if (phase === 'signed-out') return <span className={styles.part}>Not signed in</span>;
  if (phase === 'lost') {
    return (
      <span className={styles.part} data-tone="bad">
        <CircleAlert size={13} aria-hidden /> Server not reachable
      </span>
    );
  }
  if (engine === undefined || engine.state === 'looking')
    return <span className={styles.part}>Looking for an engine…</span>;
  if (engine.state === 'unavailable') {
    return (
      <span className={styles.part} data-tone="bad">
        <CircleAlert size={13} aria-hidden /> No engine
      </span>
    );
  }
  return (
    <span className={styles.part} title={engine.endpoint}>
      <CircleCheck size={13} aria-hidden /> {[engineName(engine), engine.version].filter(Boolean).join(' ')}
    </span>
  );
}

function countCreating(byId: ReturnType<typeof useSnapshots.getState>['byId']): number {
  let count = 0;
  for (const id in byId) if (byId[id]?.snapshot.status.state === 'Creating') count += 1;
  return count;
}

function workText(captures: number, tasks: number): string {
  const parts = [];
  if (captures > 0) parts.push(captures === 1 ? '1 capture' : `${String(captures)} captures`);
  if (tasks > 0) parts.push(tasks === 1 ? '1 task' : `${String(tasks)} tasks`);
  return `${parts.join(', ')} running`;
}
