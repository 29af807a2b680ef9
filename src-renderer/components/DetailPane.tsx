import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from './Button';
import styles from './DetailPane.module.css';

interface DetailPaneProps {
  /** Name of the region. */
  label: string;
  title: string;
  /** Facts are narrow, beside a map still more so; content shares the room, or takes most of it. */
  size: 'map' | 'facts' | 'half' | 'most';
  /** In the head, before the button that closes. */
  tools?: ReactNode;
  closeLabel: string;
  onClose: () => void;
  children: ReactNode;
}

/** What is open of a list or map, beside it; where there is no room, over it. */
export function DetailPane({ label, title, size, tools, closeLabel, onClose, children }: DetailPaneProps) {
  return (
    <aside className={styles.pane} aria-label={label} data-size={size}>
      <header className={styles.head}>
        <h2 className={styles.title}>{title}</h2>
        {tools}
        <IconButton icon={X} label={closeLabel} onClick={onClose} />
      </header>
      {children}
    </aside>
  );
}

/** Everything below the head in one column that scrolls. */
export function PaneBody({ children }: { children: ReactNode }) {
  return <div className={styles.body}>{children}</div>;
}

/** A line below the head, in a muted voice. */
export function PaneLine({ children }: { children: ReactNode }) {
  return <div className={styles.line}>{children}</div>;
}
