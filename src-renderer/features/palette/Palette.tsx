import { Search } from 'lucide-react';
import { useMemo, useState, type KeyboardEvent } from 'react';
import { Autocomplete } from 'react-aria-components/Autocomplete';
import { Dialog } from 'react-aria-components/Dialog';
import { Input } from 'react-aria-components/Input';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { TextField } from 'react-aria-components/TextField';
import { announce } from '../../state/announcements';
import { useOutage } from '../../state/connection';
import { useCurrentSelection } from '../../state/current-selection';
import { closeDialog } from '../../state/dialogs';
import { noteRecent } from '../../state/recent';
import { namesOf, type PaletteEntry } from './palette-entries';
import { paletteGroups, type PaletteGroup } from './palette-groups';
import { PaletteList } from './PaletteList';
import styles from './Palette.module.css';

const HINTS = [
  ['↑ ↓', 'move'],
  ['↵', 'do it'],
  ['⇧ ↵', 'actions of a sandbox or snapshot'],
  ['Esc', 'back'],
] as const;

/** Everything there is by a few letters: what can be done, with what is selected first, and where to go. */
export function Palette() {
  const [text, setText] = useState('');
  const [scope, setScope] = useState<string>();
  // What was selected when it opened; the screen below does not change meanwhile.
  const [selected] = useState(() => useCurrentSelection.getState().ids);
  const outage = useOutage();
  const groups = useMemo(
    () => paletteGroups({ text, selected, scope, outage }),
    [text, selected, scope, outage],
  );
  const enter = (entityId: string | undefined): void => {
    setScope(entityId);
    setText('');
  };
  const run = (entry: PaletteEntry): void => {
    if (entry.reason !== true) {
      announce(entry.reason, 'assertive');
      return;
    }
    if (!entry.key.startsWith('action:')) noteRecent(entry.key);
    closeDialog();
    // The focus is back where it came from first, so that a dialog knows where to return it.
    requestAnimationFrame(() => setTimeout(() => entry.run()));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const below =
      scope === undefined && event.key === 'Enter' && event.shiftKey && focusedEntity(groups, event);
    if (typeof below === 'string') enter(below);
    else if (event.key === 'Escape' && scope !== undefined) enter(undefined);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <ModalOverlay
      isOpen
      isDismissable
      onOpenChange={(open) => !open && closeDialog()}
      className={styles.scrim ?? ''}
    >
      <Modal className={styles.modal ?? ''}>
        <Dialog aria-label="Command palette" className={styles.dialog ?? ''}>
          <Autocomplete inputValue={text} onInputChange={setText}>
            {/* Keys that go to a layer are taken before the list sees them. */}
            <div role="presentation" onKeyDownCapture={onKeyDown}>
              <TextField
                aria-label={scope === undefined ? 'Search everything' : `Actions for ${namesOf([scope])}`}
                className={styles.field ?? ''}
                // eslint-disable-next-line jsx-a11y/no-autofocus -- a dialog moves the focus by its nature
                autoFocus
              >
                <Search size={16} aria-hidden className={styles.icon} />
                <Input
                  className={styles.input ?? ''}
                  placeholder={
                    scope === undefined ? 'What to do, or where to go' : `Actions for ${namesOf([scope])}`
                  }
                />
              </TextField>
            </div>
            <PaletteList groups={groups} onRun={run} onEnter={enter} />
          </Autocomplete>
          <p className={styles.hint} aria-hidden>
            {HINTS.map(([key, what]) => (
              <span key={key}>
                <kbd>{key}</kbd>
                {what}
              </span>
            ))}
          </p>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** The sandbox or snapshot that the list stands on; the field itself names it only after a pause in typing. */
function focusedEntity(groups: readonly PaletteGroup[], event: KeyboardEvent): string | undefined {
  const focused = event.currentTarget.parentElement?.querySelector('[role=option][data-focused]');
  const entries = groups.flatMap((group) => group.entries);
  const key = focused?.getAttribute('data-key') ?? entries[0]?.key;
  return entries.find((entry) => entry.key === key)?.entityId;
}
