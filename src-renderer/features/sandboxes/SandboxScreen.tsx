import { Box, Camera, Ellipsis } from 'lucide-react';
import { useCallback, useMemo, useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { DesktopSandbox } from '../../../src-main/http/schemas/desktop';
import { ActionMenu, type MenuRequest } from '../../components/ActionMenu';
import { Button, IconButton } from '../../components/Button';
import { EmptyState } from '../../components/EmptyState';
import { GridSkeleton } from '../../components/GridSkeleton';
import { Screen } from '../../components/Screen';
import { StateBadge } from '../../components/StateBadge';
import { availabilityFor } from '../../components/entity-action';
import { useKeys } from '../../components/use-keys';
import { ROUTES, type SandboxPart } from '../../routes';
import { useOutage } from '../../state/connection';
import { usePublishedSelection } from '../../state/current-selection';
import { usePendingWord } from '../../state/pending';
import { useSandbox, useSandboxes } from '../../state/sandboxes';
import { showToast } from '../../state/toasts';
import { SandboxLogs } from './SandboxLogs';
import { SandboxOverview } from './SandboxOverview';
import styles from './SandboxScreen.module.css';
import { SandboxTabs } from './SandboxTabs';
import { sandboxActions } from '../../actions/sandbox-actions';

interface SandboxScreenProps {
  id: string;
  /** Absent for the overview. */
  part?: SandboxPart;
  /** Draws a part that other features own. */
  renderPart: (part: SandboxPart, item: DesktopSandbox) => ReactNode;
}

export function SandboxScreen({ id, part, renderPart }: SandboxScreenProps) {
  const item = useSandbox(id);
  const loadedAt = useSandboxes((state) => state.loadedAt);
  const pendingWord = usePendingWord(id);
  const [, navigate] = useLocation();
  const outage = useOutage();
  const [menu, setMenu] = useState<MenuRequest>();
  usePublishedSelection([id]);
  const open = useCallback(() => undefined, []);
  const actions = useMemo(() => sandboxActions(open).filter((action) => action.id !== 'open'), [open]);
  useKeys((key) => {
    if (item === undefined) return false;
    if (key === 'Escape') {
      navigate(ROUTES.sandboxes);
      return true;
    }
    const candidates = actions.filter((action) => action.shortcut === key);
    const [first] = candidates;
    if (first === undefined) return false;
    const possible = candidates.find((action) => availabilityFor(action, [item], outage) === true);
    if (possible === undefined)
      showToast({ tone: 'info', message: String(availabilityFor(first, [item], outage)) });
    else possible.run([item]);
    return true;
  });

  if (item === undefined) {
    return (
      <Screen title="Sandbox">
        {loadedAt === undefined ? (
          <GridSkeleton label="Loading the sandbox" />
        ) : (
          <EmptyState
            icon={Box}
            title="This sandbox is gone"
            text="It was deleted or it expired. Its snapshots stay and can be restored."
            action={<Button onClick={() => navigate(ROUTES.sandboxes)}>Show all sandboxes</Button>}
          />
        )}
      </Screen>
    );
  }
  const snapshot = actions.find((action) => action.id === 'snapshot');
  const reason = snapshot === undefined ? true : availabilityFor(snapshot, [item], outage);
  return (
    <Screen
      title={item.displayName}
      tools={
        <>
          <span className={styles.state}>
            <StateBadge
              state={item.sandbox.status.state}
              pendingWord={pendingWord}
              title={item.sandbox.status.message}
            />
          </span>
          <Button
            tone="primary"
            icon={Camera}
            disabled={reason !== true}
            title={reason === true ? undefined : reason}
            onClick={() => snapshot?.run([item])}
          >
            Take snapshot
          </Button>
          <IconButton
            icon={Ellipsis}
            label="More actions"
            aria-haspopup="menu"
            aria-expanded={menu !== undefined}
            onClick={(event) => {
              const box = event.currentTarget.getBoundingClientRect();
              setMenu({ ids: [id], x: box.left, y: box.bottom });
            }}
          />
        </>
      }
    >
      <SandboxTabs id={id} part={part} />
      {part === undefined ? (
        <SandboxOverview item={item} />
      ) : part === 'logs' ? (
        <SandboxLogs key={id} item={item} />
      ) : (
        renderPart(part, item)
      )}
      {menu !== undefined && (
        <ActionMenu
          label="Sandbox actions"
          request={menu}
          items={[item]}
          actions={actions}
          onClose={() => setMenu(undefined)}
        />
      )}
    </Screen>
  );
}
