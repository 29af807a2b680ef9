import type { ReactNode } from 'react';
import { baseName } from '../model/folder-tree';
import { CopyButton } from './CopyButton';
import { DetailPane, PaneLine } from './DetailPane';
import { DownloadLink } from './DownloadLink';

interface FileDetailProps {
  path: string;
  size: 'half' | 'most';
  /** Where its content is served. */
  url: string;
  onClose: () => void;
  children: ReactNode;
}

/** The pane of one file: its path, to copy and to download, above whatever is shown of it. */
export function FileDetail({ path, size, url, onClose, children }: FileDetailProps) {
  return (
    <DetailPane
      label="File"
      title={path}
      size={size}
      tools={<CopyButton text={path} what="path" />}
      closeLabel="Close file"
      onClose={onClose}
    >
      <PaneLine>
        <DownloadLink href={url} dragName={baseName(path)}>
          Download
        </DownloadLink>
      </PaneLine>
      {children}
    </DetailPane>
  );
}
