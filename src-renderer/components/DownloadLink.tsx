import { Download } from 'lucide-react';
import type { ReactNode } from 'react';
import styles from './DownloadLink.module.css';
import { startDragOut } from './drag-out';

interface DownloadLinkProps {
  href: string;
  /** What the file is called when the link is dragged out of the window. */
  dragName?: string;
  children: ReactNode;
}

/** Saves what the address serves as a file. */
export function DownloadLink({ href, dragName, children }: DownloadLinkProps) {
  return (
    <a
      className={styles.link}
      href={href}
      download
      onDragStart={(event) =>
        dragName !== undefined && startDragOut(event.dataTransfer, { path: href, name: dragName })
      }
    >
      <Download size={14} aria-hidden /> {children}
    </a>
  );
}
