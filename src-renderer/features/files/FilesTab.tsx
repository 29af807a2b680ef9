import { CircleAlert } from 'lucide-react';
import type { DesktopSandbox } from '../../../src-main/http/schemas/desktop';
import { Button } from '../../components/Button';
import { EmptyState } from '../../components/EmptyState';
import { ActionMenuOf } from '../../components/ActionMenu';
import { StoppedNotice } from '../../components/StoppedNotice';
import { classNames } from '../../components/class-names';
import { folderRows } from '../../model/folder-tree';
import { FilePane } from './FilePane';
import { FileTools } from './FileTools';
import { FileTree } from './FileTree';
import styles from './FilesTab.module.css';
import { useFileBrowser } from './use-file-browser';

/** The files of a running sandbox, to look at and to change. */
export function FilesTab({ item }: { item: DesktopSandbox }) {
  if (item.sandbox.status.state === 'Running') return <Files sandboxId={item.sandbox.id} />;
  return (
    <div className={styles.notice}>
      <StoppedNotice
        item={item}
        paused="Its files can be read and changed when it is resumed."
        waiting="Its files show once it runs."
        ended="If it has a snapshot, that still shows its files."
      />
    </div>
  );
}

function Files({ sandboxId }: { sandboxId: string }) {
  const browser = useFileBrowser(sandboxId);
  const { folders, expanded, filter, open, menu, round } = browser;
  const rows = folderRows({ folders, expanded, filter });
  const root = folders.get('/');
  if (root?.failure !== undefined && root.items === undefined)
    return (
      <EmptyState
        icon={CircleAlert}
        title="The files cannot be read"
        text={root.failure}
        action={<Button onClick={browser.refresh}>Try again</Button>}
      />
    );
  return (
    <div className={classNames(styles.split, open !== '' && styles.withFile)}>
      <div className={styles.list}>
        <FileTools browser={browser} />
        <FileTree browser={browser} rows={rows} />
      </div>
      {open !== '' && (
        <FilePane
          key={open}
          sandboxId={sandboxId}
          path={open}
          round={round}
          onClose={() => browser.show('')}
          onSaved={() => browser.changed(open)}
        />
      )}
      {menu !== undefined && (
        <ActionMenuOf
          label={`Actions for ${menu.row.name}`}
          x={menu.x}
          y={menu.y}
          entries={browser.entriesOf(menu.row)}
          onClose={() => browser.setMenu(undefined)}
        />
      )}
    </div>
  );
}
