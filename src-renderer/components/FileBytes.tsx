import { useMemo } from 'react';
import { hexDump, textOf } from '../model/file-text';
import { PaneLine } from './DetailPane';
import styles from './FileBytes.module.css';

const HEX_BYTES = 4096;

/** The beginning of a file in a pane: as text, or in hex where it is none. */
export function FileBytes({ bytes }: { bytes: Uint8Array }) {
  const shown = useMemo(() => textOf(bytes) ?? hexDump(bytes.subarray(0, HEX_BYTES)), [bytes]);
  if (bytes.length === 0) return <PaneLine>The file is empty.</PaneLine>;
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls has to be reachable by keys
    <pre className={styles.content} role="region" aria-label="Beginning of the file" tabIndex={0}>
      {shown}
    </pre>
  );
}
