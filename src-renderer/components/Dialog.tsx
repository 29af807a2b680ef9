import type { ReactNode } from 'react';
import { closeDialog } from '../state/dialogs';
import { Banner } from './Banner';
import { Button } from './Button';
import styles from './Dialog.module.css';
import { DialogFrame } from './DialogFrame';

interface DialogProps {
  title: string;
  children: ReactNode;
  /** The verb on the button. */
  confirm: string;
  onConfirm: () => void;
  /** Destructive dialogs put the focus on Cancel. */
  danger?: boolean;
  busy?: boolean;
  disabled?: boolean;
  /** Why the last try failed; shown inside. */
  error?: string | undefined;
  wide?: boolean;
}

/** A modal question: Escape and Cancel leave things as they are, Enter does what the button says. */
export function Dialog(props: DialogProps) {
  const {
    title,
    children,
    confirm,
    onConfirm,
    danger = false,
    busy = false,
    disabled = false,
    error,
    wide,
  } = props;
  return (
    <DialogFrame title={title} role={danger ? 'alertdialog' : 'dialog'} wide={wide} isDismissable={!busy}>
      <form
        className={styles.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy && !disabled) onConfirm();
        }}
      >
        <div className={styles.body}>
          {children}
          {error !== undefined && <Banner tone="error">{error}</Banner>}
        </div>
        <div className={styles.buttons}>
          {/* The safe button has the focus where the other one destroys. */}
          {/* eslint-disable-next-line jsx-a11y/no-autofocus -- a dialog moves the focus by its nature */}
          <Button onClick={closeDialog} autoFocus={danger}>
            Cancel
          </Button>
          <Button
            type="submit"
            tone={danger ? 'danger' : 'primary'}
            disabled={disabled}
            aria-disabled={busy}
            aria-busy={busy}
          >
            {confirm}
          </Button>
        </div>
      </form>
    </DialogFrame>
  );
}
