import { Download } from 'lucide-react';
import { contentUrl, previewSnapshotFile } from '../../api/compare-api';
import { Banner } from '../../components/Banner';
import { CopyButton } from '../../components/CopyButton';
import { DetailPane, PaneLine } from '../../components/DetailPane';
import { FileBytes } from '../../components/FileBytes';
import { useReading } from '../../components/use-reading';
import { FileHistory } from './FileHistory';
import styles from './FilesScreen.module.css';

interface FilePreviewProps {
  id: string;
  path: string;
  onClose: () => void;
}

/** The beginning of a file, and when it changed along the lineage. */
export function FilePreview({ id, path, onClose }: FilePreviewProps) {
  const reading = useReading(path, (signal) => previewSnapshotFile(id, path, signal));
  return (
    <DetailPane
      label="File"
      title={path}
      size="half"
      tools={<CopyButton text={path} what="path" />}
      closeLabel="Close file"
      onClose={onClose}
    >
      <PaneLine>
        <a className={styles.save} href={contentUrl(id, path, 'raw')} download>
          <Download size={14} aria-hidden /> Save file
        </a>
      </PaneLine>
      {reading.state === 'failed' && (
        <PaneLine>
          <Banner tone="info">{reading.message}</Banner>
        </PaneLine>
      )}
      {reading.state === 'reading' && <PaneLine>Reading…</PaneLine>}
      {reading.state === 'read' && <FileBytes bytes={reading.value} />}
      <FileHistory id={id} path={path} />
    </DetailPane>
  );
}
