import { File, FileSymlink, Folder } from 'lucide-react';
import { memo } from 'react';
import { Link } from 'wouter';
import type { FolderListing } from '../../../src-main/http/schemas/compare';
import { contentUrl } from '../../api/compare-api';
import { startDragOut } from '../../components/drag-out';
import { modeText } from '../../model/file-text';
import { formatBytes } from '../../model/format-size';
import { formatExact } from '../../model/format-time';
import { snapshotFilesRoute } from '../../routes';
import styles from './FilesScreen.module.css';

/** More lines than anybody scrolls through; the filter finds the others. */
const SHOWN = 2000;

interface FileListProps {
  id: string;
  folder: string;
  items: FolderListing['items'];
  open: string;
}

export function FileList({ id, folder, items, open }: FileListProps) {
  return (
    <div className={styles.scroller}>
      <ul aria-label="Files" className={styles.files}>
        {items.slice(0, SHOWN).map((item) => (
          <FileLine key={item.name} id={id} folder={folder} item={item} open={item.path === open} />
        ))}
      </ul>
      {items.length > SHOWN && (
        <p className={styles.more}>{items.length - SHOWN} more: use the filter to see them.</p>
      )}
    </div>
  );
}

interface FileLineProps {
  id: string;
  folder: string;
  item: FolderListing['items'][number];
  open: boolean;
}

const FileLine = memo(function FileLine({ id, folder, item, open }: FileLineProps) {
  const isFolder = item.kind === 'directory';
  const Icon = isFolder ? Folder : item.kind === 'symlink' ? FileSymlink : File;
  const to = isFolder ? snapshotFilesRoute(id, item.path) : snapshotFilesRoute(id, folder, item.path);
  return (
    <li className={styles.line} data-open={open}>
      <Link
        href={to}
        className={styles.name}
        aria-current={open ? 'true' : undefined}
        onDragStart={(event) =>
          startDragOut(event.dataTransfer, {
            path: contentUrl(id, item.path, isFolder ? 'tar' : 'raw'),
            name: isFolder ? `${item.name}.tar` : item.name,
          })
        }
      >
        <Icon size={16} aria-hidden className={styles.icon} />
        <span className={styles.label} title={item.name}>
          {item.name}
          {item.linkTarget !== undefined && <span className={styles.target}> → {item.linkTarget}</span>}
        </span>
      </Link>
      <code className={styles.mode}>{modeText(item.mode)}</code>
      <span className={styles.size}>{item.kind === 'file' ? formatBytes(item.sizeBytes) : ''}</span>
      <span className={styles.time}>{formatExact(item.modifiedAt)}</span>
    </li>
  );
});
