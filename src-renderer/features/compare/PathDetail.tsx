import type { ChangedPath, FileComparison } from '../../../src-main/http/schemas/compare';
import { compareFile, contentUrl } from '../../api/compare-api';
import { Banner } from '../../components/Banner';
import { CopyButton } from '../../components/CopyButton';
import { DetailPane, PaneLine } from '../../components/DetailPane';
import { DownloadLink } from '../../components/DownloadLink';
import { useReading } from '../../components/use-reading';
import { formatBytes } from '../../model/format-size';
import { modeText } from '../../model/file-text';
import { changeWord, kindWord } from './change-words';
import styles from './PathDetail.module.css';
import { useSourceName } from './SourcePicker';
import { TwoContents } from './TwoContents';

interface PathDetailProps {
  pair: { from: string; to: string };
  path: string;
  /** Undefined for what did not change itself: a folder that holds changed paths, or any path of an address. */
  item: ChangedPath | undefined;
  onClose: () => void;
}

/** One path on both sides. */
export function PathDetail({ pair, path, item, onClose }: PathDetailProps) {
  const reading = useReading(`${pair.from} ${pair.to} ${path}`, (signal) => compareFile(pair, path, signal));
  return (
    <DetailPane
      label="Contents"
      title={path}
      size="most"
      tools={<CopyButton text={path} what="path" />}
      closeLabel="Close contents"
      onClose={onClose}
    >
      {item !== undefined && <PaneLine>{changeWord(item)}</PaneLine>}
      {item === undefined && reading.state === 'read' && <PaneLine>{sameWord(reading.value)}</PaneLine>}
      {reading.state === 'failed' && (
        <PaneLine>
          <Banner tone="error">{reading.message}</Banner>
        </PaneLine>
      )}
      {reading.state === 'reading' && <PaneLine>Reading…</PaneLine>}
      {reading.state === 'read' && (
        <>
          <div className={styles.sides}>
            <Side label="From" id={pair.from} path={path} side={reading.value.before} />
            <Side label="To" id={pair.to} path={path} side={reading.value.after} />
          </div>
          <TwoContents file={reading.value} />
        </>
      )}
    </DetailPane>
  );
}

/** What is said of a path that is not among the changed ones. */
function sameWord({ before, after }: FileComparison): string {
  const kind = (before ?? after)?.kind;
  if (kind === undefined) return 'Neither side has it.';
  return kind === 'directory' ? 'The folder itself did not change.' : 'It did not change.';
}

interface SideProps {
  label: string;
  id: string;
  path: string;
  side: FileComparison['before'];
}

function Side({ label, id, path, side }: SideProps) {
  const source = `${label} ${useSourceName(id)}`;
  const isFile = side?.kind === 'file';
  return (
    <div className={styles.side}>
      <p className={styles.source} title={source}>
        {source}
      </p>
      {side === undefined ? (
        <p className={styles.facts}>Not there</p>
      ) : (
        <p className={styles.facts}>
          {kindWord(side.kind)} {isFile && formatBytes(side.sizeBytes)} <code>{modeText(side.mode)}</code>{' '}
          {side.uid}:{side.gid} {side.linkTarget !== undefined && <code>→ {side.linkTarget}</code>}
        </p>
      )}
      {(isFile || side?.kind === 'directory') && (
        <DownloadLink href={contentUrl(id, path, isFile ? 'raw' : 'tar')}>
          {isFile ? 'Save file' : 'Save folder as tar'}
          <span className="visually-hidden"> of {label.toLowerCase()}</span>
        </DownloadLink>
      )}
    </div>
  );
}
