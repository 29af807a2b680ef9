import { File, FileSymlink, Folder } from 'lucide-react';
import styles from './PathName.module.css';

interface PathNameProps {
  /** As filesystems call it; whatever is neither folder nor symlink looks like a file. */
  kind: string | undefined;
  name: string;
  path: string;
  muted?: boolean;
}

/** Icon and name of a path on a line of a tree. */
export function PathName({ kind, name, path, muted = false }: PathNameProps) {
  const Icon = kind === 'directory' ? Folder : kind === 'symlink' ? FileSymlink : File;
  return (
    <span className={styles.name}>
      <Icon size={16} aria-hidden className={styles.icon} />
      <span className={styles.label} data-muted={muted} title={path}>
        {name}
      </span>
    </span>
  );
}
