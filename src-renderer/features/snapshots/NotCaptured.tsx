import type { DesktopSnapshot } from '../../../src-main/http/schemas/desktop';
import type { NotCaptured as NotCapturedFacts } from '../../../src-main/http/schemas/snapshot-verification';
import { formatBytes } from '../../model/format-size';
import styles from './Verification.module.css';

/** What the sandbox had that is not in the image, by name where that is known. */
export function NotCaptured({ item }: { item: DesktopSnapshot }) {
  const { notCaptured } = item;
  const names =
    notCaptured === undefined ? ['Memory, running processes, mounted volumes'] : lines(notCaptured);
  return (
    <section aria-label="Not in this snapshot" className={styles.section}>
      <p className={styles.text}>Not in this snapshot</p>
      <ul className={styles.paths}>
        {names.map((name) => (
          <li key={name}>{name}</li>
        ))}
      </ul>
    </section>
  );
}

function lines({ volumes, tmpfs, processes }: NotCapturedFacts): string[] {
  const running =
    processes === undefined
      ? 'Running processes'
      : `${processes} running ${processes === 1 ? 'process' : 'processes'}`;
  return [
    `Memory and ${running.toLowerCase()}`,
    ...volumes.map(({ kind, source, mountPath, sizeBytes }) => {
      const what = kind === 'named' ? 'Volume' : 'Host folder';
      const size = sizeBytes === undefined ? '' : `, ${formatBytes(sizeBytes)}`;
      return `${what} ${source} at ${mountPath}${size}`;
    }),
    ...tmpfs.map((path) => `Temporary memory (tmpfs) at ${path}`),
  ];
}
