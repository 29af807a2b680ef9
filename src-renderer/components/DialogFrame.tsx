import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Heading } from 'react-aria-components/Dialog';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { closeDialog } from '../state/dialogs';
import styles from './Dialog.module.css';

interface DialogFrameProps {
  title: string;
  /** Body and buttons. */
  children: ReactNode;
  role?: 'dialog' | 'alertdialog';
  wide?: boolean | undefined;
  /** False while something runs that must be seen to its end. */
  isDismissable?: boolean;
}

/** What every dialog stands in: scrim, box and title. Escape and a click beside it close it. */
export function DialogFrame({
  title,
  children,
  role = 'dialog',
  wide,
  isDismissable = true,
}: DialogFrameProps) {
  return (
    <ModalOverlay
      isOpen
      isDismissable={isDismissable}
      onOpenChange={(open) => !open && closeDialog()}
      className={styles.scrim ?? ''}
    >
      <Modal className={styles.modal ?? ''} data-wide={wide}>
        <AriaDialog role={role} className={styles.dialog ?? ''}>
          {/* A box around it: what is clamped must have no padding, in which the next line would show. */}
          <div className={styles.head}>
            <Heading slot="title" level={2} className={styles.title ?? ''} title={title}>
              {title}
            </Heading>
          </div>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
