import { X } from 'lucide-react';
import { useOutage } from '../state/connection';
import styles from './ActionBar.module.css';
import { Button, IconButton } from './Button';
import { availabilityFor, type EntityAction } from './entity-action';

interface ActionBarProps<T> {
  /** Such as `3 sandboxes selected`. */
  label: string;
  items: readonly T[];
  actions: readonly EntityAction<T>[];
  onClear: () => void;
}

/** What can be done with all selected rows at once. */
export function ActionBar<T>({ label, items, actions, onClear }: ActionBarProps<T>) {
  const outage = useOutage();
  return (
    <div role="toolbar" aria-label="Selected rows" className={styles.bar}>
      <span className={styles.label}>{label}</span>
      {actions
        .filter((action) => action.bulk === true)
        .map((action) => {
          const reason = availabilityFor(action, items, outage);
          return (
            <Button
              key={action.id}
              icon={action.icon}
              aria-disabled={reason !== true}
              title={reason === true ? undefined : reason}
              className={styles.action}
              onClick={() => reason === true && action.run(items)}
            >
              {action.label}
            </Button>
          );
        })}
      <IconButton icon={X} label="Clear selection" onClick={onClear} />
    </div>
  );
}
