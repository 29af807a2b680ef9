import { CircleAlert, FolderOpen, Search } from 'lucide-react';
import { useRef, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import type { FolderListing } from '../../../src-main/http/schemas/compare';
import { contentUrl, listSnapshotFolder } from '../../api/compare-api';
import { Button } from '../../components/Button';
import { DownloadLink } from '../../components/DownloadLink';
import { EmptyState } from '../../components/EmptyState';
import { FilterBox } from '../../components/FilterBox';
import { GridSkeleton } from '../../components/GridSkeleton';
import { Screen } from '../../components/Screen';
import { useKeys } from '../../components/use-keys';
import { useReading } from '../../components/use-reading';
import { hiddenByFilter } from '../../model/count';
import { parentOf } from '../../model/folder-tree';
import { snapshotFilesRoute, snapshotRoute } from '../../routes';
import { useAddressedSnapshot } from '../../state/snapshots';
import { FileList } from './FileList';
import { FilePreview } from './FilePreview';
import styles from './FilesScreen.module.css';

/** What a snapshot holds, without starting it; the address says which folder and which file. */
export default function FilesScreen({ id }: { id: string }) {
  const query = new URLSearchParams(useSearch());
  const path = query.get('path') ?? '/';
  const file = query.get('file') ?? '';
  const name = useAddressedSnapshot(id)?.displayName;
  const [, navigate] = useLocation();
  const [filter, setFilter] = useState('');
  const [round, setRound] = useState(0);
  const filterInput = useRef<HTMLInputElement>(null);
  const reading = useReading(`${path} ${String(round)}`, (signal) => listSnapshotFolder(id, path, signal));
  useKeys((key) => {
    if (key === '/') filterInput.current?.focus();
    else if (key === 'Escape') navigate(file === '' ? snapshotRoute(id) : snapshotFilesRoute(id, path));
    else if (key === 'Backspace' && path !== '/') navigate(snapshotFilesRoute(id, parentOf(path)));
    else return false;
    return true;
  });
  return (
    <Screen
      title={name === undefined ? 'Files' : `Files of ${name}`}
      tools={
        <FilterBox
          label="Filter files"
          placeholder="Filter this folder"
          value={filter}
          onChange={setFilter}
          inputRef={filterInput}
        />
      }
    >
      <div className={styles.place}>
        <Breadcrumbs id={id} name={name ?? id} path={path} />
        {reading.state !== 'failed' && (
          <DownloadLink href={contentUrl(id, path, 'tar')}>Save folder as tar</DownloadLink>
        )}
      </div>
      <div className={styles.split}>
        <div className={styles.list}>
          {reading.state === 'reading' && <GridSkeleton label="Reading the folder" />}
          {reading.state === 'failed' && (
            <EmptyState
              icon={CircleAlert}
              title="The folder could not be read"
              text={reading.message}
              action={<Button onClick={() => setRound(round + 1)}>Try again</Button>}
            />
          )}
          {reading.state === 'read' && (
            <Folder id={id} listing={reading.value} open={file} filter={filter} onFilter={setFilter} />
          )}
        </div>
        {file !== '' && (
          <FilePreview
            key={file}
            id={id}
            path={file}
            onClose={() => navigate(snapshotFilesRoute(id, path))}
          />
        )}
      </div>
    </Screen>
  );
}

interface FolderProps {
  id: string;
  listing: FolderListing;
  open: string;
  filter: string;
  onFilter: (filter: string) => void;
}

function Folder({ id, listing, open, filter, onFilter }: FolderProps) {
  const wanted = filter.trim().toLowerCase();
  const items = listing.items.filter((item) => item.name.toLowerCase().includes(wanted));
  if (listing.totalItems === 0)
    return <EmptyState icon={FolderOpen} title="Empty folder" text="The snapshot holds nothing here." />;
  if (items.length === 0)
    return (
      <EmptyState
        icon={Search}
        title="Nothing matches"
        text={hiddenByFilter(listing.items.length, 'entry', 'entries')}
        action={<Button onClick={() => onFilter('')}>Clear filter</Button>}
      />
    );
  return <FileList id={id} folder={listing.path} items={items} open={open} />;
}

function Breadcrumbs({ id, name, path }: { id: string; name: string; path: string }) {
  const parts = path.split('/').filter(Boolean);
  const steps = parts.map((part, at) => ({ part, to: `/${parts.slice(0, at + 1).join('/')}` }));
  return (
    <nav aria-label="Folder" className={styles.crumbs}>
      <ol>
        <li>
          <Link href={snapshotRoute(id)} className={styles.snapshot} title={name}>
            {name}
          </Link>
        </li>
        {[{ part: 'root', to: '/' }, ...steps].map(({ part, to }, at) => (
          <li key={to}>
            <span aria-hidden>/</span>
            {at === steps.length ? (
              <span aria-current="page">{part}</span>
            ) : (
              <Link href={snapshotFilesRoute(id, to)}>{part}</Link>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
