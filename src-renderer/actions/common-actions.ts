import { Copy, Trash2, type LucideIcon } from 'lucide-react';
import type { EntityAction } from '../components/entity-action';
import { copyText } from '../state/clipboard';

/** Copies one text of an entity; works without server and engine. */
export function copyAction<T>(
  what: string,
  textOf: (item: T) => string,
  icon: LucideIcon = Copy,
): EntityAction<T> {
  return {
    id: `copy-${what.split(' ').at(-1) ?? what}`,
    label: `Copy ${what}`,
    icon,
    availability: () => true,
    offline: true,
    run: ([item]) => item !== undefined && void copyText(textOf(item), what),
  };
}

/** Asks before it deletes any number of them. */
export function deleteAction<T>({
  availability,
  run,
}: Pick<EntityAction<T>, 'availability' | 'run'>): EntityAction<T> {
  return {
    id: 'delete',
    label: 'Delete…',
    icon: Trash2,
    shortcut: 'Delete',
    danger: true,
    bulk: true,
    availability,
    run,
  };
}
