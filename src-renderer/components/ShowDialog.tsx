import type { ReactNode } from 'react';
import { closeDialog } from '../state/dialogs';
import { Button } from './Button';
import styles from './Dialog.module.css';
import { DialogFrame } from './DialogFrame';

interface ShowDialogProps {
  title: string;
  children: ReactNode;
  /** Beside the button that closes. */
  tools?: ReactNode;
}

/** A dialog that only shows something: there is nothing to answer but Close. */
export function ShowDialog({ title, children, tools }: ShowDialogProps) {
  return (
    <DialogFrame title={title} wide>
      {/* Scrolls, so the keyboard must be able to reach it. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrollable region */}
      <div className={styles.body} role="region" aria-label={title} tabIndex={0}>
        {children}
      </div>
      <div className={styles.buttons}>
        {tools}
        {/* eslint-disable-next-line jsx-a11y/no-autofocus -- a dialog moves the focus by its nature */}
        <Button onClick={closeDialog} autoFocus>
          Close
        </Button>
      </div>
    </DialogFrame>
  );
}
