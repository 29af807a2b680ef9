import { ListBox, ListBoxItem, ListBoxSection } from 'react-aria-components/ListBox';
import { Header } from 'react-aria-components/Header';
import { Text } from 'react-aria-components/Text';
import { keyLabel } from '../../components/use-keys';
import type { PaletteEntry } from './palette-entries';
import type { PaletteGroup } from './palette-groups';
import styles from './Palette.module.css';

interface PaletteListProps {
  groups: readonly PaletteGroup[];
  onRun: (entry: PaletteEntry) => void;
  /** Goes to the actions of a sandbox or snapshot. */
  onEnter: (entityId: string) => void;
}

/** What was found; what cannot be done now stays in reach of the keys, so that its reason can be read. */
export function PaletteList({ groups, onRun, onEnter }: PaletteListProps) {
  return (
    // The field moves through the list, so React Aria leaves it out of the tab order; what scrolls has to be in it.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and nothing in it takes the focus
    <div className={styles.list} role="region" aria-label="Results" tabIndex={0}>
      <ListBox
        aria-label="Found"
        className={styles.found ?? ''}
        renderEmptyState={() => <p className={styles.empty}>Nothing is called like that.</p>}
      >
        {groups.map((group) => (
          <ListBoxSection key={group.title} id={group.title}>
            <Header className={styles.group ?? ''}>{group.title}</Header>
            {group.entries.map((entry) => (
              <PaletteItem key={entry.key} entry={entry} onRun={onRun} onEnter={onEnter} />
            ))}
          </ListBoxSection>
        ))}
      </ListBox>
    </div>
  );
}

function PaletteItem({ entry, onRun, onEnter }: { entry: PaletteEntry } & Omit<PaletteListProps, 'groups'>) {
  const { key, label, detail, icon: Icon, shortcut, reason, entityId } = entry;
  const isOff = reason !== true;
  return (
    <ListBoxItem
      id={key}
      textValue={label}
      className={styles.item ?? ''}
      data-off={isOff}
      onAction={() => onRun(entry)}
    >
      <Icon size={15} aria-hidden className={styles.icon} />
      <span
        className={styles.words}
        onContextMenu={(event) => {
          if (entityId === undefined) return;
          event.preventDefault();
          onEnter(entityId);
        }}
      >
        <Text slot="label" className={styles.label ?? ''} title={label}>
          {label}
        </Text>
        {isOff && (
          <Text slot="description" className={styles.reason ?? ''}>
            {reason}
          </Text>
        )}
      </span>
      {detail !== undefined && (
        <span className={styles.detail} title={detail}>
          {detail}
        </span>
      )}
      {shortcut !== undefined && (
        <kbd aria-hidden className={styles.key}>
          {keyLabel(shortcut)}
        </kbd>
      )}
    </ListBoxItem>
  );
}
