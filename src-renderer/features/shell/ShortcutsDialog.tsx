import { Dialog as AriaDialog, Heading } from 'react-aria-components/Dialog';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { Button } from '../../components/Button';
import frame from '../../components/Dialog.module.css';
import { SHORTCUT_GROUPS } from '../../model/shortcuts';
import { closeDialog } from '../../state/dialogs';
import styles from './ShortcutsDialog.module.css';

export function ShortcutsDialog() {
  return (
    <ModalOverlay
      isOpen
      isDismissable
      onOpenChange={(open) => !open && closeDialog()}
      className={frame.scrim ?? ''}
    >
      <Modal className={frame.modal ?? ''} data-wide>
        <AriaDialog className={frame.dialog ?? ''}>
          <Heading slot="title" level={2} className={frame.title ?? ''}>
            Keyboard shortcuts
          </Heading>
          <div className={frame.body}>
            <div className={styles.groups}>
              {SHORTCUT_GROUPS.map((group) => (
                <section key={group.title} aria-label={group.title}>
                  <h3 className={styles.title}>{group.title}</h3>
                  <dl>
                    {group.keys.map(([keys, what]) => (
                      <div key={keys} className={styles.line}>
                        <dt>{what}</dt>
                        <dd>
                          <kbd>{keys}</kbd>
                        </dd>
                      </div>
                    ))}
                  </dl>
                </section>
              ))}
            </div>
          </div>
          <div className={frame.buttons}>
            {/* eslint-disable-next-line jsx-a11y/no-autofocus -- a dialog moves the focus by its nature */}
            <Button onClick={closeDialog} autoFocus>
              Close
            </Button>
          </div>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
