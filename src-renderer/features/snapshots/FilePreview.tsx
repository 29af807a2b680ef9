import { Download, X } from 'lucide-react';
import { useMemo } from 'react';
import { contentUrl, previewSnapshotFile } from '../../api/compare-api';
import { Banner } from '../../components/Banner';
import { IconButton } from '../../components/Button';
import { CopyButton } from '../../components/CopyButton';
import { useReading } from '../../components/use-reading';
import { hexDump, textOf } from '../../model/file-text';
import { FileHistory } from './FileHistory';
import styles from './FilesScreen.module.css';

const HEX_BYTES = 4096;

interface FilePreviewProps {
  id: string;
  path: string;
  onClose: () => void;
}

/** The beginning of a file, and when it changed along the lineage. */
export function FilePreview({ id, path, onClose }: FilePreviewProps) {
  const reading = useReading(path, (signal) => previewSnapshotFile(id, path, signal));
  return (
    <aside className={styles.pane} aria-label="File">
      <header className={styles.head}>
        <h2 className={styles.title}>{path}</h2>
        <CopyButton text={path} what="path" />
        <IconButton icon={X} label="Close file" onClick={onClose} />
      </header>
      <p className={styles.paneLine}>
        <a className={styles.save} href={contentUrl(id, path, 'raw')} download>
          <Download size={14} aria-hidden /> Save file
        </a>
      </p>
      {reading.state === 'failed' && (
        <div className={styles.paneLine}>
          <Banner tone="info">{reading.message}</Banner>
        </div>
      )}
      {reading.state === 'reading' && <p className={styles.paneLine}>Reading…</p>}
      {reading.state === 'read' && <Content bytes={reading.value} />}
      <FileHistory id={id} path={path} />
    </aside>
  );
}

function Content({ bytes }: { bytes: ArrayBuffer }) {
  const shown = useMemo(() => {
    const all = new Uint8Array(bytes);
    return textOf(all) ?? hexDump(all.subarray(0, HEX_BYTES));
  }, [bytes]);
  if (bytes.byteLength === 0) return <p className={styles.paneLine}>The file is empty.</p>;
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls has to be reachable by keys
    <pre className={styles.content} role="region" aria-label="Beginning of the file" tabIndex={0}>
      {shown}
    </pre>
  );
}
