import { Link } from 'wouter';
import type { DiskTree } from '../../../src-main/http/schemas/disk';
import { formatBytes } from '../../model/format-size';
import { snapshotRoute } from '../../routes';
import styles from './DiskScreen.module.css';

const SHOWN_TREES = 20;

/** Snapshots that grew from one another, as one figure each. */
export function DiskTrees({ trees }: { trees: readonly DiskTree[] }) {
  return (
    <section className={styles.card} aria-labelledby="disk-trees">
      <h2 id="disk-trees" className={styles.heading}>
        Trees
      </h2>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Grown from</th>
            <th scope="col" className={styles.wide}>
              Base image
            </th>
            <th scope="col" className={styles.number}>
              Snapshots
            </th>
            <th scope="col" className={styles.number}>
              Alone
            </th>
            <th scope="col" className={styles.number}>
              Shared
            </th>
          </tr>
        </thead>
        <tbody>
          {trees.slice(0, SHOWN_TREES).map((tree) => (
            <tr key={tree.rootId}>
              <th scope="row" className={styles.name}>
                <Link href={snapshotRoute(tree.rootId)} title={tree.displayName}>
                  {tree.displayName}
                </Link>
              </th>
              <td className={styles.wide} title={tree.baseImage}>
                {tree.baseImage ?? ''}
              </td>
              <td className={styles.number}>{tree.snapshotCount}</td>
              <td className={styles.number}>{formatBytes(tree.uniqueBytes)}</td>
              <td className={styles.number}>{formatBytes(tree.totalBytes - tree.uniqueBytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {trees.length > SHOWN_TREES && (
        <p className={styles.caption}>and {trees.length - SHOWN_TREES} that keep less</p>
      )}
    </section>
  );
}
