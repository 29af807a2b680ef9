import { CircleAlert, Dot } from 'lucide-react';
import { memo, type Ref } from 'react';
import { Link } from 'wouter';
import type { Activity } from '../../../src-main/http/schemas/desktop';
import { RelativeTime } from '../../components/RelativeTime';
import { RowMenuButton } from '../../components/RowMenuButton';
import { menuHandlers } from '../../components/menu-request';
import { CAUSES } from '../../model/activity-list';
import { sandboxRoute, snapshotRoute } from '../../routes';
import { useSandbox } from '../../state/sandboxes';
import { useSnapshot } from '../../state/snapshots';
import styles from './ActivityScreen.module.css';

interface ActivityLineProps {
  ref: Ref<HTMLLIElement>;
  entry: Activity;
  index: number;
  /** How many lines there are. */
  count: number;
  /** Pixels from the start of the list. */
  top: number;
  onMenu: (entry: Activity, x: number, y: number) => void;
}

export const ActivityLine = memo(function ActivityLine(props: ActivityLineProps) {
  const { ref, entry, index, count, top, onMenu } = props;
  const askMenu = (x: number, y: number): void => onMenu(entry, x, y);
  const failed = entry.severity === 'error';
  const Icon = failed ? CircleAlert : Dot;
  return (
    <li
      ref={ref}
      className={styles.entry}
      data-index={index}
      data-severity={entry.severity}
      aria-posinset={index + 1}
      aria-setsize={count}
      style={{ transform: `translateY(${String(top)}px)` }}
      {...menuHandlers(askMenu)}
    >
      <Icon
        size={16}
        className={styles.icon}
        {...(failed ? { 'aria-label': 'Failure' } : { 'aria-hidden': true })}
      />
      <span className={styles.message}>
        <bdi>{entry.message}</bdi> <SubjectLink entry={entry} />
      </span>
      <span className={styles.cause}>{CAUSES[entry.cause]}</span>
      <span className={styles.time}>
        <RelativeTime iso={entry.at} />
      </span>
      <RowMenuButton name={entry.message} onMenu={askMenu} className={styles.menu} />
    </li>
  );
});

/** Where to look, while it still exists. */
function SubjectLink({ entry }: { entry: Activity }) {
  const snapshot = useSnapshot(entry.snapshotId ?? '');
  const sandbox = useSandbox(entry.sandboxId ?? '');
  if (snapshot !== undefined) return <Link href={snapshotRoute(snapshot.snapshot.id)}>Open snapshot</Link>;
  if (sandbox !== undefined) return <Link href={sandboxRoute(sandbox.sandbox.id)}>Open sandbox</Link>;
  return null;
}
