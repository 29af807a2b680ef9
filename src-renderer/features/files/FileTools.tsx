import { RefreshCw } from 'lucide-react';
import { useRef } from 'react';
import { Button, IconButton } from '../../components/Button';
import { FilterBox } from '../../components/FilterBox';
import { useKeys } from '../../components/use-keys';
import { useOutage } from '../../state/connection';
import { folderEntries } from './file-entries';
import styles from './FilesTab.module.css';
import type { FileBrowser } from './use-file-browser';

/** What can be done in the folder where the keys are, and the filter. */
export function FileTools({ browser }: { browser: FileBrowser }) {
  const { folder, changes, chooser, uploading } = browser;
  const outage = useOutage();
  const filterInput = useRef<HTMLInputElement>(null);
  useKeys((key) => {
    if (key === '/') filterInput.current?.focus();
    else if (key === 'Escape' && browser.open !== '') browser.show('');
    else return false;
    return true;
  });
  return (
    <div className={styles.tools}>
      {folderEntries(folder, changes).map((entry) => {
        const busy = entry.id === 'upload' && uploading;
        return (
          <Button
            key={entry.id}
            icon={entry.icon}
            disabled={outage !== undefined}
            aria-busy={busy}
            title={outage ?? `In ${folder}`}
            onClick={() => !busy && entry.run()}
          >
            {entry.label}
          </Button>
        );
      })}
      <input
        ref={chooser}
        type="file"
        hidden
        multiple
        aria-label={`Files to upload to ${folder}`}
        onChange={(event) => {
          browser.uploadChosen(event.target.files);
          event.target.value = '';
        }}
      />
      <IconButton icon={RefreshCw} label="Read the files again" onClick={browser.refresh} />
      <div className={styles.filter}>
        <FilterBox
          label="Filter files"
          placeholder="Filter open folders"
          value={browser.filter}
          onChange={browser.setFilter}
          inputRef={filterInput}
        />
      </div>
    </div>
  );
}
