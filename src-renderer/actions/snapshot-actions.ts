import {
  CloudUpload,
  FileDown,
  FileLock,
  FolderOpen,
  GitCompareArrows,
  GitFork,
  History,
  Pencil,
  Pin,
  PinOff,
  RotateCcw,
  ScrollText,
  SlidersHorizontal,
  Tag,
} from 'lucide-react';
import type { DesktopSnapshot } from '../../src-main/http/schemas/desktop';
import type { EntityAction } from '../components/entity-action';
import { snapshotFilesRoute } from '../routes';
import { compareSnapshots } from '../state/compare-commands';
import { openDialog } from '../state/dialogs';
import { goTo } from '../state/navigation';
import { useSandboxes } from '../state/sandboxes';
import { restoreAtOnce, setPinned } from '../state/snapshot-commands';
import { exportToFile } from '../state/transfer-commands';
import { copyAction, deleteAction } from './common-actions';

export type SnapshotAction = EntityAction<DesktopSnapshot>;

const READ_ONLY = 'Another OpenSandbox server made it; it is read-only here.';

/** Everything that can be done with a snapshot; `openSandbox` goes to what a restore made. */
export function snapshotActions(openSandbox: (id: string) => void): readonly SnapshotAction[] {
  return [
    {
      id: 'restore',
      label: 'Restore',
      icon: RotateCcw,
      shortcut: 'r',
      availability: canRestore,
      run: ([item]) => item !== undefined && void restoreAtOnce(item, openSandbox),
    },
    {
      id: 'restore-choices',
      label: 'Restore with choices…',
      icon: SlidersHorizontal,
      shortcut: 'R',
      availability: canRestore,
      run: ([item]) =>
        item !== undefined && openDialog({ kind: 'restore-snapshot', snapshotId: item.snapshot.id }),
    },
    {
      id: 'compare',
      label: 'Compare with…',
      icon: GitCompareArrows,
      shortcut: 'c',
      bulk: true,
      most: 2,
      availability: hasFiles,
      run: compareSnapshots,
    },
    {
      id: 'browse',
      label: 'Browse files',
      icon: FolderOpen,
      shortcut: 'b',
      availability: hasFiles,
      run: ([item]) => item !== undefined && goTo(snapshotFilesRoute(item.snapshot.id)),
    },
    {
      id: 'fork',
      label: 'Fork…',
      icon: GitFork,
      shortcut: 'f',
      availability: canRestore,
      run: ([item]) =>
        item !== undefined && openDialog({ kind: 'fork', from: 'snapshots', id: item.snapshot.id }),
    },
    {
      id: 'rollback',
      label: 'Roll its sandbox back…',
      icon: History,
      availability: canRollBack,
      run: ([item]) =>
        item !== undefined &&
        openDialog({
          kind: 'rollback',
          sandboxId: item.snapshot.sandboxId,
          snapshotId: item.snapshot.id,
        }),
    },
    {
      id: 'rename',
      label: 'Rename…',
      icon: Pencil,
      shortcut: 'F2',
      availability: (item) => !item.readOnly || READ_ONLY,
      run: ([item]) =>
        item !== undefined && openDialog({ kind: 'rename-snapshot', snapshotId: item.snapshot.id }),
    },
    {
      id: 'pin',
      label: 'Pin',
      icon: Pin,
      shortcut: 'p',
      bulk: true,
      availability: (item) => (item.readOnly ? READ_ONLY : !item.pinned || 'It is pinned already.'),
      run: (items) => items.forEach((item) => void setPinned(item, true)),
    },
    {
      id: 'unpin',
      label: 'Unpin',
      icon: PinOff,
      shortcut: 'p',
      bulk: true,
      availability: (item) => (item.readOnly ? READ_ONLY : item.pinned || 'It is not pinned.'),
      run: (items) => items.forEach((item) => void setPinned(item, false)),
    },
    {
      id: 'export',
      label: 'Export to a file',
      icon: FileDown,
      shortcut: 'e',
      availability: canRestore,
      run: ([item]) => item !== undefined && exportToFile(item),
    },
    {
      id: 'export-choices',
      label: 'Export with choices…',
      icon: FileLock,
      availability: canRestore,
      run: ([item]) =>
        item !== undefined && openDialog({ kind: 'export-snapshot', snapshotId: item.snapshot.id }),
    },
    {
      id: 'push',
      label: 'Push to a registry…',
      icon: CloudUpload,
      availability: canRestore,
      run: ([item]) =>
        item !== undefined && openDialog({ kind: 'push-snapshot', snapshotId: item.snapshot.id }),
    },
    {
      id: 'recipe',
      label: 'Recipe',
      icon: ScrollText,
      availability: hasFiles,
      run: ([item]) => item !== undefined && openDialog({ kind: 'recipe', snapshotId: item.snapshot.id }),
    },
    copyAction('id', (item) => item.snapshot.id),
    copyAction('image tag', (item) => item.imageTag, Tag),
    deleteAction({
      availability: canDelete,
      run: (items) => openDialog({ kind: 'delete-snapshots', ids: items.map((item) => item.snapshot.id) }),
    }),
  ];
}

function canRestore(item: DesktopSnapshot): true | string {
  switch (item.snapshot.status.state) {
    case 'Ready':
      return true;
    case 'Creating':
      return 'The capture is still running.';
    case 'Failed':
      // Whose image went later did hold something, and may again.
      return item.imageId === undefined
        ? 'The capture failed, so it holds nothing.'
        : 'Its image was removed outside the app.';
    default:
      return 'It is being deleted.';
  }
}

function hasFiles(item: DesktopSnapshot): true | string {
  return item.snapshot.status.state === 'Ready' || 'Only a ready snapshot has files to look at.';
}

function canRollBack(item: DesktopSnapshot): true | string {
  const restorable = canRestore(item);
  if (restorable !== true) return restorable;
  return (
    item.snapshot.sandboxId in useSandboxes.getState().byId || 'Its sandbox is gone; restore it instead.'
  );
}

function canDelete(item: DesktopSnapshot): true | string {
  if (item.readOnly) return READ_ONLY;
  if (item.snapshot.status.state === 'Creating') return 'Wait until the capture has ended.';
  return item.snapshot.status.state !== 'Deleting' || 'It is being deleted already.';
}
