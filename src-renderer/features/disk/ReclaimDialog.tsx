import { useEffect, useState } from 'react';
import type { ReclaimResult } from '../../../src-main/http/schemas/disk';
import { errorMessage } from '../../api/api-error';
import { reclaimDisk } from '../../api/disk-api';
import { Banner } from '../../components/Banner';
import { Dialog } from '../../components/Dialog';
import { useSubmit } from '../../components/use-submit';
import { count } from '../../model/count';
import { formatBytes } from '../../model/format-size';
import { loadDisk } from '../../state/disk';
import { showToast } from '../../state/toasts';
import styles from './DiskScreen.module.css';

/** Shows exactly what goes and what stays, by the server's own dry run, before anything does. */
export function ReclaimDialog({ snapshotIds }: { snapshotIds: readonly string[] }) {
  const [plan, setPlan] = useState<ReclaimResult>();
  const [planError, setPlanError] = useState<string>();
  useEffect(() => {
    let isStale = false;
    reclaimDisk({ dryRun: true, snapshotIds: [...snapshotIds] }).then(
      (answer) => !isStale && setPlan(answer),
      (error: unknown) => !isStale && setPlanError(errorMessage(error)),
    );
    return () => {
      isStale = true;
    };
  }, [snapshotIds]);
  const { busy, error, submit } = useSubmit(async () => {
    const { freedBytes, kept } = await reclaimDisk({ dryRun: false, snapshotIds: [...snapshotIds] });
    const stayed =
      kept.length === 0 ? '' : ` ${count(kept.length, 'thing')} stayed: ${kept[0]?.reason ?? ''}`;
    showToast({ tone: 'info', message: `${formatBytes(freedBytes)} are free again.${stayed}` });
    await loadDisk();
  });
  const items = plan?.items ?? [];
  return (
    <Dialog
      danger
      title="Reclaim disk space?"
      confirm={plan?.freedBytes ? `Delete and free ${formatBytes(plan.freedBytes)}` : 'Delete'}
      onConfirm={submit}
      busy={busy}
      disabled={items.length === 0}
      error={error ?? planError}
    >
      {plan === undefined && planError === undefined && <p role="status">Working out what would go…</p>}
      {plan !== undefined && items.length === 0 && <p>Nothing would go.</p>}
      {items.length > 0 && (
        <>
          <p>
            {count(items.length, 'thing')} will be deleted. Layers that others need stay, so the bytes of each
            need not add up to the whole. This cannot be undone.
          </p>
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a long list scrolls by keyboard too */}
          <ul className={styles.items} tabIndex={0} aria-label="What goes">
            {items.map((item) => (
              <li key={item.id} className={styles.item}>
                <span>{item.displayName}</span>
                <span>{formatBytes(item.bytes)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {plan !== undefined && plan.kept.length > 0 && (
        <Banner tone="info">
          {count(plan.kept.length, 'snapshot')} {plan.kept.length === 1 ? 'stays' : 'stay'}.{' '}
          {plan.kept[0]?.displayName}: {plan.kept[0]?.reason}
        </Banner>
      )}
    </Dialog>
  );
}
