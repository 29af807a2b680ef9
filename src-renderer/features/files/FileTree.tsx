import { useState, type DragEvent } from 'react';
import { PathName } from '../../components/PathName';
import { VirtualTree } from '../../components/VirtualTree';
import { startDragOut } from '../../components/drag-out';
import { modeText } from '../../model/file-text';
import { parentOf, type FolderRow } from '../../model/folder-tree';
import { formatBytes } from '../../model/format-size';
import { formatExact } from '../../model/format-time';
import { showToast } from '../../state/toasts';
import { downloadUrl } from './file-entries';
import styles from './FilesTab.module.css';
import type { FileBrowser } from './use-file-browser';

/** Folders open in place; files come in by dropping them on a folder, and go out by dragging them away. */
export function FileTree({ browser, rows }: { browser: FileBrowser; rows: readonly FolderRow[] }) {
  const [dropPath, setDropPath] = useState<string>();
  const rowAt = (event: DragEvent): FolderRow | undefined => {
    const path = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-path]') : null;
    return rows.find((row) => row.path === path?.dataset['path']);
  };
  const onDragOver = (event: DragEvent): void => {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    const row = rowAt(event);
    setDropPath(row === undefined ? '/' : row.isFolder ? row.path : parentOf(row.path));
  };
  const onDrop = (event: DragEvent): void => {
    if (dropPath === undefined) return;
    event.preventDefault();
    setDropPath(undefined);
    const files = droppedFiles(event.dataTransfer);
    if (files.length > 0) void browser.upload(dropPath, files);
  };
  return (
    <div
      className={styles.tree}
      onDragOver={onDragOver}
      onDragLeave={(event) => event.target === event.currentTarget && setDropPath(undefined)}
      onDrop={onDrop}
      onDragStart={(event) => {
        const row = rowAt(event);
        if (row === undefined) return;
        const name = row.isFolder ? `${row.name}.tar` : row.name;
        startDragOut(event.dataTransfer, { path: downloadUrl(browser.changes.sandboxId, row), name });
      }}
    >
      <VirtualTree
        label="Files"
        rows={rows}
        active={browser.active}
        onActive={browser.setActive}
        open={browser.open}
        onOpen={(row) => (row.isFolder ? browser.toggle(row.path) : browser.show(row.path))}
        onToggle={(row) => browser.toggle(row.path)}
        onKey={(key, row) => {
          const entry = browser.entriesOf(row).find((each) => each.shortcut === key);
          entry?.run();
          // Never the sandbox's own key: Delete in the tree is about a file.
          return entry !== undefined || key === 'Delete';
        }}
        onMenu={(row, x, y) => browser.setMenu({ row, x, y })}
        dropPath={dropPath}
        isDraggable={(row) => row.file !== undefined}
      >
        {(row) => <Cells row={row} />}
      </VirtualTree>
    </div>
  );
}

function Cells({ row: { file, name, path, note } }: { row: FolderRow }) {
  return (
    <>
      <PathName kind={file?.kind ?? 'directory'} name={name} path={path} />
      {note !== undefined && (
        <span className={styles.note} title={note}>
          {note}
        </span>
      )}
      {file !== undefined && (
        <>
          <code className={styles.mode}>{modeText(file.mode)}</code>
          <span className={styles.size}>{file.kind === 'file' ? formatBytes(file.sizeBytes) : ''}</span>
          <span className={styles.time}>{formatExact(file.modifiedAt)}</span>
        </>
      )}
    </>
  );
}

/** A folder that is dropped looks like a file that cannot be read. */
function droppedFiles(data: DataTransfer): File[] {
  const items = [...data.items].filter((item) => item.kind === 'file');
  const isFolder = (item: DataTransferItem): boolean => item.webkitGetAsEntry()?.isDirectory === true;
  const files = items.filter((item) => !isFolder(item)).map((item) => item.getAsFile());
  if (files.length < items.length)
    showToast({ tone: 'error', message: 'Folders cannot be dropped here. Drop the files in them.' });
  return files.filter((file) => file !== null);
}
