import { useMemo } from 'react';
import { useLocation } from 'wouter';
import { sandboxActions } from './sandbox-actions';
import { snapshotActions } from './snapshot-actions';
import type { MenuEntry } from '../components/ActionMenu';
import { availabilityFor, type EntityAction } from '../components/entity-action';
import { sandboxRoute } from '../routes';
import { useOutage } from '../state/connection';
import { useSandbox } from '../state/sandboxes';
import { useSnapshot } from '../state/snapshots';

/** What can be done with a snapshot or sandbox: the same as in the lists of its kind; nothing when neither has the id. */
export function useEntityEntries(id: string | undefined): readonly MenuEntry[] {
  const [, navigate] = useLocation();
  const snapshot = useSnapshot(id ?? '');
  const sandbox = useSandbox(id ?? '');
  const outage = useOutage();
  return useMemo(() => {
    const open = (sandboxId: string): void => navigate(sandboxRoute(sandboxId));
    if (snapshot !== undefined) return entriesFor(snapshotActions(open), snapshot, outage);
    if (sandbox !== undefined) return entriesFor(sandboxActions(open), sandbox, outage);
    return [];
  }, [snapshot, sandbox, outage, navigate]);
}

function entriesFor<T>(
  actions: readonly EntityAction<T>[],
  item: T,
  outage: string | undefined,
): readonly MenuEntry[] {
  return actions.map((action) => ({
    ...action,
    reason: availabilityFor(action, [item], outage),
    run: () => action.run([item]),
  }));
}
