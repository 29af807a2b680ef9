import { useRef } from 'react';
import { Menu, MenuItem } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { Text } from 'react-aria-components/Text';
import type { MenuEntry } from './ActionMenu';
import styles from './ActionMenu.module.css';
import { keyLabel } from './use-keys';

interface ActionMenuPopoverProps {
  label: string;
  x: number;
  y: number;
  entries: readonly MenuEntry[];
  onClose: () => void;
}

export function ActionMenuPopover({ label, x, y, entries, onClose }: ActionMenuPopoverProps) {
  const anchor = useRef<HTMLSpanElement>(null);
  const run = (entry: MenuEntry): void => {
    onClose();
    // The focus is back on the row first, so that a dialog knows where to return it.
    setTimeout(() => entry.run());
  };
  return (
    <>
      <span ref={anchor} className={styles.anchor} style={{ left: x, top: y }} />
      <Popover
        triggerRef={anchor}
        trigger="MenuTrigger"
        aria-label={label}
        isOpen
        placement="bottom start"
        offset={4}
        className={styles.popover ?? ''}
        onOpenChange={(open) => !open && onClose()}
      >
        <Menu
          aria-label={label}
          // eslint-disable-next-line jsx-a11y/no-autofocus -- a menu moves the focus by its nature
          autoFocus="first"
          className={styles.menu ?? ''}
          onClose={onClose}
        >
          {entries.map((entry) => (
            <ActionItem key={entry.id} entry={entry} onRun={run} />
          ))}
        </Menu>
      </Popover>
    </>
  );
}

function ActionItem({ entry, onRun }: { entry: MenuEntry; onRun: (entry: MenuEntry) => void }) {
  const { id, label, icon: Icon, reason, shortcut, danger } = entry;
  return (
    <MenuItem
      id={id}
      textValue={label}
      isDisabled={reason !== true}
      className={styles.item ?? ''}
      data-danger={danger}
      onAction={() => onRun(entry)}
    >
      <Icon size={15} aria-hidden className={styles.icon} />
      <span className={styles.words}>
        <Text slot="label">{label}</Text>
        {reason !== true && (
          <Text slot="description" className={styles.reason ?? ''}>
            {reason}
          </Text>
        )}
      </span>
      {shortcut !== undefined && (
        <kbd aria-hidden className={styles.key}>
          {keyLabel(shortcut)}
        </kbd>
      )}
    </MenuItem>
  );
}
