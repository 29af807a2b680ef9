import { Dialog } from '../../components/Dialog';
import { closeDialog } from '../../state/dialogs';
import styles from './PasteLinesDialog.module.css';

interface PasteLinesDialogProps {
  text: string;
  paste: () => void;
}

/** Lines that are pasted into a shell run one after the other, so they are looked at first. */
export function PasteLinesDialog({ text, paste }: PasteLinesDialogProps) {
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n|\r/).length;
  return (
    <Dialog
      title={`Paste ${String(lines)} lines?`}
      confirm="Paste"
      onConfirm={() => {
        closeDialog();
        paste();
      }}
    >
      <p>A shell may run each line at once.</p>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrollable region */}
      <pre className={styles.text} tabIndex={0} aria-label="What would be pasted" role="region">
        {text}
      </pre>
    </Dialog>
  );
}
