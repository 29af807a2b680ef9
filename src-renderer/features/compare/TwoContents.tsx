import { Suspense, lazy } from 'react';
import type { FileComparison } from '../../../src-main/http/schemas/compare';
import { PaneLine } from '../../components/DetailPane';
import { importAgain } from '../../components/import-again';
import { bytesOf, hexDump } from '../../model/file-text';
import styles from './PathDetail.module.css';

const TextDiff = lazy(() => importAgain(() => import('./TextDiff')));

/** Of what is no text, enough to recognise it. */
const HEX_BYTES = 4096;

type Side = FileComparison['before'];

/** Text side by side; bytes where one side is no text. */
export function TwoContents({ file }: { file: FileComparison }) {
  const { before, after } = file;
  if (before?.encoding === undefined && after?.encoding === undefined) return null;
  const isCut = before?.truncated === true || after?.truncated === true;
  const isText = before?.encoding !== 'base64' && after?.encoding !== 'base64';
  if (!isText) return <TwoDumps before={before} after={after} />;
  return (
    <>
      {isCut && <PaneLine>Only the first MiB of each side is compared here.</PaneLine>}
      <Suspense fallback={<PaneLine>Loading…</PaneLine>}>
        <TextDiff before={before?.content ?? ''} after={after?.content ?? ''} />
      </Suspense>
    </>
  );
}

function TwoDumps({ before, after }: { before: Side; after: Side }) {
  const sizes = before !== undefined && after !== undefined && before.sizeBytes !== after.sizeBytes;
  return (
    <>
      <PaneLine>Binary{sizes ? ', size differs' : ''}. The first 4 KiB:</PaneLine>
      <div className={styles.dumps}>
        <Dump label="From" side={before} />
        <Dump label="To" side={after} />
      </div>
    </>
  );
}

function Dump({ label, side }: { label: string; side: Side }) {
  if (side?.content === undefined) return null;
  const bytes = side.encoding === 'base64' ? bytesOf(side.content) : new TextEncoder().encode(side.content);
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls has to be reachable by keys
    <pre className={styles.dump} tabIndex={0} aria-label={`Bytes of ${label.toLowerCase()}`} role="region">
      {hexDump(bytes.subarray(0, HEX_BYTES))}
    </pre>
  );
}
