import { Download, X } from 'lucide-react';
import type { ChangedPath, FileComparison } from '../../../src-main/http/schemas/compare';
import { compareFile, contentUrl } from '../../api/compare-api';
import { Banner } from '../../components/Banner';
import { IconButton } from '../../components/Button';
import { CopyButton } from '../../components/CopyButton';
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
  /** Undefined for a folder that only holds changed paths. */
  item: ChangedPath | undefined;
  onClose: () => void;
}

/** One path on both sides. */
export function PathDetail({ pair, path, item, onClose }: PathDetailProps) {
  const reading = useReading(`${pair.from} ${pair.to} ${path}`, (signal) => compareFile(pair, path, signal));
  return (
    <aside className={styles.pane} aria-label="Contents">
      <header className={styles.head}>
        <h2 className={styles.title}>{path}</h2>
        <CopyButton text={path} what="path" />
        <IconButton icon={X} label="Close contents" onClick={onClose} />
      </header>
      <p className={styles.word}>
        {item === undefined ? 'The folder itself did not change.' : changeWord(item)}
      </p>
      {reading.state === 'failed' && (
        <div className={styles.banner}>
          <Banner tone="error">{reading.message}</Banner>
        </div>
      )}
      {reading.state === 'reading' && <p className={styles.word}>Reading…</p>}
      {reading.state === 'read' && (
        <>
          <div className={styles.sides}>
            <Side label="From" id={pair.from} path={path} side={reading.value.before} />
            <Side label="To" id={pair.to} path={path} side={reading.value.after} />
          </div>
          <TwoContents file={reading.value} />
        </>
      )}
    </aside>
  );
}

interface SideProps {
  label: string;
  id: string;
  path: string;
  side: FileComparison['before'];
}

function Side({ label, id, path, side }: SideProps) {
  const name = useSourceName(id);
  const isFile = side?.kind === 'file';
  return (
    <div className={styles.side}>
      <p className={styles.source}>
        {label} {name}
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
        <a className={styles.save} href={contentUrl(id, path, isFile ? 'raw' : 'tar')} download>
          <Download size={14} aria-hidden />
          {isFile ? 'Save file' : 'Save folder as tar'}
          <span className="visually-hidden"> of {label.toLowerCase()}</span>
        </a>
      )}
    </div>
  );
}
