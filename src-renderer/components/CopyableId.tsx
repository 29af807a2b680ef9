import { shortenId } from '../model/shorten-id';
import { CopyButton } from './CopyButton';
import styles from './CopyableId.module.css';

/** An id, shortened in the middle, whole on hover and on focus, with a copy button. */
export function CopyableId({ id, what = 'id' }: { id: string; what?: string }) {
  return (
    <span className={styles.wrap}>
      {/* Focusable so that a keyboard can show the whole id, as hovering does. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- reveals content on focus */}
      <code className={styles.id} title={id} tabIndex={0} role="note" aria-label={id}>
        <span className={styles.short}>{shortenId(id)}</span>
        <span className={styles.whole}>{id}</span>
      </code>
      <CopyButton text={id} what={what} />
    </span>
  );
}
