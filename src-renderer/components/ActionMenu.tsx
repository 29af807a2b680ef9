import { Suspense, lazy } from 'react';
import { useOutage } from '../state/connection';
import { availabilityFor, type EntityAction } from './entity-action';
import { importAgain } from './import-again';

/** Where a menu was asked for and what for. */
export interface MenuRequest {
  ids: readonly string[];
  x: number;
  y: number;
}

interface ActionMenuProps<T> {
  label: string;
  request: MenuRequest;
  items: readonly T[];
  actions: readonly EntityAction<T>[];
  onClose: () => void;
}

/** An action with what it works on. */
export interface MenuEntry extends Pick<
  EntityAction<never>,
  'id' | 'label' | 'icon' | 'shortcut' | 'danger'
> {
  /** Why it cannot be done now; `true` when it can. */
  reason: true | string;
  run: () => void;
}

const load = () => importAgain(() => import('./ActionMenuPopover'));
const Popover = lazy(async () => ({ default: (await load()).ActionMenuPopover }));

/**
 * The menu of the ⋯ button, of the right mouse button and of Shift-F10: one menu, whoever asks. What draws it is not
 * part of the first load.
 */
export function ActionMenu<T>({ label, request, items, actions, onClose }: ActionMenuProps<T>) {
  const outage = useOutage();
  const entries = actions.map((action) => ({
    ...action,
    reason: availabilityFor(action, items, outage),
    run: () => action.run(items),
  }));
  return <ActionMenuOf label={label} x={request.x} y={request.y} entries={entries} onClose={onClose} />;
}

interface ActionMenuOfProps {
  label: string;
  x: number;
  y: number;
  entries: readonly MenuEntry[];
  onClose: () => void;
}

/** The same menu for actions that already know what they work on. */
export function ActionMenuOf(props: ActionMenuOfProps) {
  return (
    <Suspense fallback={null}>
      <Popover {...props} />
    </Suspense>
  );
}
