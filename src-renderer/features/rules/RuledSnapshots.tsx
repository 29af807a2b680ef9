import type { RetentionPreview } from '../../../src-main/http/schemas/rules';
import { formatBytes } from '../../model/format-size';
import { formatExact } from '../../model/format-time';
import styles from './RulesTab.module.css';

type Ruled = RetentionPreview['keeps'][number] & { bytes?: number };

/** Snapshots with what the rule says of each. */
export function RuledSnapshots({ label, items }: { label: string; items: readonly Ruled[] }) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a long list scrolls by keyboard too
    <ul className={styles.ruled} tabIndex={0} aria-label={label}>
      {items.map((item) => (
        <li key={item.id} className={styles.snapshot}>
          <span className={styles.name} title={item.displayName}>
            {item.displayName}
          </span>
          <span className={styles.muted}>{formatExact(item.createdAt)}</span>
          <span className={styles.bytes}>{item.bytes === undefined ? '' : formatBytes(item.bytes)}</span>
          <span className={styles.reason}>{item.reason}</span>
        </li>
      ))}
    </ul>
  );
}
