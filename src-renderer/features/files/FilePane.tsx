import { useMemo, useState } from 'react';
import { liveContentUrl, readLiveFile, type ReadFile } from '../../api/live-files-api';
import { Banner } from '../../components/Banner';
import { PaneLine } from '../../components/DetailPane';
import { FileBytes } from '../../components/FileBytes';
import { FileDetail } from '../../components/FileDetail';
import { useReading } from '../../components/use-reading';
import { wholeTextOf } from '../../model/file-text';
import { FileEditor } from './FileEditor';

interface FilePaneProps {
  sandboxId: string;
  path: string;
  /** Counts the times that everything was asked for again. */
  round: number;
  onClose: () => void;
  onSaved: () => void;
}

/** One file: text to edit, the beginning of anything else. */
export function FilePane({ sandboxId, path, round, onClose, onSaved }: FilePaneProps) {
  const [again, setAgain] = useState(0);
  const reading = useReading(`${String(round)} ${String(again)}`, (signal) =>
    readLiveFile(sandboxId, path, signal),
  );
  const file = reading.state === 'read' ? reading.value : reading.last;
  return (
    <FileDetail path={path} size="most" url={liveContentUrl(sandboxId, path)} onClose={onClose}>
      {reading.state === 'failed' && (
        <PaneLine>
          <Banner tone="error">{reading.message}</Banner>
        </PaneLine>
      )}
      {reading.state === 'reading' && file === undefined && <PaneLine>Reading…</PaneLine>}
      {file !== undefined && (
        <Content
          {...{ sandboxId, path, file, onSaved }}
          onReadAgain={() => setAgain((number) => number + 1)}
        />
      )}
    </FileDetail>
  );
}

interface ContentProps {
  sandboxId: string;
  path: string;
  file: ReadFile;
  onReadAgain: () => void;
  onSaved: () => void;
}

function Content({ sandboxId, path, file, onReadAgain, onSaved }: ContentProps) {
  const { bytes, revision } = file;
  const read = useMemo(() => {
    const text = revision === undefined ? undefined : wholeTextOf(bytes);
    return text === undefined || revision === undefined ? undefined : { text, revision };
  }, [bytes, revision]);
  if (read !== undefined) return <FileEditor {...{ sandboxId, path, read, onReadAgain, onSaved }} />;
  return (
    <>
      <PaneLine>
        {revision === undefined
          ? 'Too large to edit here. It begins so:'
          : 'Not text, so it cannot be edited here. It begins so:'}
      </PaneLine>
      <FileBytes bytes={bytes} />
    </>
  );
}
