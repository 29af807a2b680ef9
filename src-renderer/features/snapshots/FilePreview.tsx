import { contentUrl, previewSnapshotFile } from '../../api/compare-api';
import { Banner } from '../../components/Banner';
import { PaneLine } from '../../components/DetailPane';
import { FileBytes } from '../../components/FileBytes';
import { FileDetail } from '../../components/FileDetail';
import { useReading } from '../../components/use-reading';
import { FileHistory } from './FileHistory';

interface FilePreviewProps {
  id: string;
  path: string;
  onClose: () => void;
}

/** The beginning of a file, and when it changed along the lineage. */
export function FilePreview({ id, path, onClose }: FilePreviewProps) {
  const reading = useReading(path, (signal) => previewSnapshotFile(id, path, signal));
  return (
    <FileDetail path={path} size="half" url={contentUrl(id, path, 'raw')} onClose={onClose}>
      {reading.state === 'failed' && (
        <PaneLine>
          <Banner tone="info">{reading.message}</Banner>
        </PaneLine>
      )}
      {reading.state === 'reading' && <PaneLine>Reading…</PaneLine>}
      {reading.state === 'read' && <FileBytes bytes={reading.value} />}
      <FileHistory id={id} path={path} />
    </FileDetail>
  );
}
