import { useState } from 'react';
import { Link } from 'wouter';
import type { DiskSnapshot } from '../../../src-main/http/schemas/disk';
import { EntityMenu, type EntityMenuRequest } from '../../actions/EntityMenu';
import { Button } from '../../components/Button';
import { RowMenuButton } from '../../components/RowMenuButton';
import { menuHandlers } from '../../components/menu-request';
import { formatBytes } from '../../model/format-size';
import { snapshotRoute } from '../../routes';
import styles from './DiskScreen.module.css';

const STEP = 100;

interface DiskSnapshotsProps {
  /** The one first whose deletion frees most. */
  snapshots: readonly DiskSnapshot[];
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
}

/** Each snapshot with what deleting it alone frees; the chosen ones can be reclaimed together. */
export function DiskSnapshots({ snapshots, selected, onSelect }: DiskSnapshotsProps) {
  const [shown, setShown] = useState(STEP);
  const [menu, setMenu] = useState<EntityMenuRequest>();
  const suggested = snapshots.filter((each) => each.suggestion !== undefined);
  const toggle = (id: string): void => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelect(next);
  };
  return (
    <section className={styles.card} aria-labelledby="disk-snapshots">
      <div className={styles.head}>
        <h2 id="disk-snapshots" className={styles.heading}>
          Snapshots
        </h2>
        {suggested.length > 0 && (
          <Button onClick={() => onSelect(new Set(suggested.map((each) => each.id)))}>
            Choose {suggested.length} long unused
          </Button>
        )}
      </div>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col" className={styles.check}>
              <span className="visually-hidden">Chosen</span>
            </th>
            <th scope="col">Name</th>
            <th scope="col" className={styles.wide}>
              Remark
            </th>
            <th scope="col" className={styles.number}>
              Frees alone
            </th>
            <th scope="col" className={styles.number}>
              Full size
            </th>
            <th scope="col" className={styles.menu}>
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {snapshots.slice(0, shown).map((each) => (
            <tr key={each.id} {...menuHandlers((x, y) => setMenu({ id: each.id, x, y }))}>
              <td className={styles.check}>
                <input
                  type="checkbox"
                  aria-label={`Choose ${each.displayName}`}
                  checked={selected.has(each.id)}
                  disabled={!canGo(each)}
                  title={canGo(each) ? undefined : `${remark(each)}: it cannot be chosen.`}
                  onChange={() => toggle(each.id)}
                />
              </td>
              <th scope="row" className={styles.name}>
                <Link href={snapshotRoute(each.id)} title={each.displayName}>
                  {each.displayName}
                </Link>
              </th>
              <td className={styles.wide}>{remark(each)}</td>
              <td className={styles.number}>{formatBytes(each.uniqueBytes)}</td>
              <td className={styles.number}>{formatBytes(each.totalBytes)}</td>
              <td className={styles.menu}>
                <RowMenuButton name={each.displayName} onMenu={(x, y) => setMenu({ id: each.id, x, y })} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {snapshots.length > shown && (
        <Button className={styles.more} onClick={() => setShown(shown + STEP)}>
          Show more of {snapshots.length}
        </Button>
      )}
      {menu !== undefined && (
        <EntityMenu label="Snapshot actions" request={menu} onClose={() => setMenu(undefined)} />
      )}
    </section>
  );
}

function canGo({ pinned, readOnly, state }: DiskSnapshot): boolean {
  return !pinned && !readOnly && (state === 'Ready' || state === 'Failed');
}

function remark({ pinned, readOnly, state, suggestion }: DiskSnapshot): string {
  if (readOnly) return 'Made by another server';
  if (pinned) return 'Pinned';
  return state === 'Ready' ? (suggestion ?? '') : state;
}
