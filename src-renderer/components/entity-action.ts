import type { LucideIcon } from 'lucide-react';

/** One thing to do with entities of a kind; buttons, menus and keys all come from these. */
export interface EntityAction<T> {
  id: string;
  label: string;
  icon: LucideIcon;
  /** As `KeyboardEvent.key`; an upper-case letter means with shift. */
  shortcut?: string;
  danger?: boolean;
  /** `bulk` actions take any number at once. */
  bulk?: boolean;
  /** Of a `bulk` action: how many at once. */
  most?: number;
  /** Works on what is known here, so also while neither server nor engine answers. */
  offline?: boolean;
  /** `true`, or why not, in words for people. */
  availability: (item: T) => true | string;
  run: (items: readonly T[]) => void;
}

/** `true` when the action can run on all of these now, else why not; `outage` is what `useOutage` says. */
export function availabilityFor<T>(
  action: EntityAction<T>,
  items: readonly T[],
  outage: string | undefined,
): true | string {
  if (items.length === 0) return 'Nothing is selected.';
  if (outage !== undefined && action.offline !== true) return outage;
  if (items.length > 1 && action.bulk !== true) return 'Choose a single one for this.';
  if (action.most !== undefined && items.length > action.most)
    return `Choose at most ${String(action.most)} for this.`;
  for (const item of items) {
    const answer = action.availability(item);
    if (answer !== true) return answer;
  }
  return true;
}
