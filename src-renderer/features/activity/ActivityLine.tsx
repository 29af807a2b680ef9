import { CircleAlert, Dot } from 'lucide-react';
import { memo } from 'react';
import { Link } from 'wouter';
import type { Activity } from '../../../src-main/http/schemas/desktop';
import { RelativeTime } from '../../components/RelativeTime';
import { CAUSES } from '../../model/activity-list';
import { sandboxRoute, snapshotRoute } from '../../routes';
import { useSandbox } from '../../state/sandboxes';
import { useSnapshot } from '../../state/snapshots';
import styles from './ActivityScreen.module.css';

export const ActivityLine = memo(function ActivityLine({ entry }: { entry: Activity }) {
  const failed = entry.severity === 'error';
  const Icon = failed ? CircleAlert : Dot;
  return (
    <li className={styles.entry} data-severity={entry.severity}>
      <Icon
        size={16}
        className={styles.icon}
        {...(failed ? { 'aria-label': 'Failure' } : { 'aria-hidden': true })}
      />
      <span className={styles.message}>
        {entry.message} <SubjectLink entry={entry} />
      </span>
      <span className={styles.cause}>{CAUSES[entry.cause]}</span>
      <span className={styles.time}>
        <RelativeTime iso={entry.at} />
      </span>
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
