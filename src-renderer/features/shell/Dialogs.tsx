import { lazy } from 'react';
import { importAgain } from '../../components/import-again';
import type { OpenDialog } from '../../state/dialogs';
import { ForkDialog } from '../branching/ForkDialog';
import { RollbackDialog } from '../branching/RollbackDialog';
import { ReclaimDialog } from '../disk/ReclaimDialog';
import { FileDialogs } from '../files/FileDialogs';
import { ApplyRulesDialog } from '../rules/ApplyRulesDialog';
import { CreateSandboxDialog } from '../sandboxes/CreateSandboxDialog';
import { DeleteSandboxesDialog } from '../sandboxes/DeleteSandboxesDialog';
import { RenameSandboxDialog } from '../sandboxes/RenameSandboxDialog';
import { RenewSandboxDialog } from '../sandboxes/RenewSandboxDialog';
import { SnapshotSandboxDialog } from '../sandboxes/SnapshotSandboxDialog';
import { DeleteSnapshotsDialog } from '../snapshots/DeleteSnapshotsDialog';
import { ExportSnapshotDialog } from '../snapshots/ExportSnapshotDialog';
import { PullSnapshotDialog, PushSnapshotDialog } from '../snapshots/RegistryDialogs';
import { RecipeDialog } from '../snapshots/RecipeDialog';
import { RenameSnapshotDialog } from '../snapshots/RenameSnapshotDialog';
import { RestoreSnapshotDialog } from '../snapshots/RestoreSnapshotDialog';
import { RotateKeyDialog } from '../settings/RotateKeyDialog';
import { PasteLinesDialog } from '../terminal/PasteLinesDialog';
import { ShortcutsDialog } from './ShortcutsDialog';

const Palette = lazy(async () => ({
  default: (await importAgain(() => import('../palette/Palette'))).Palette,
}));

interface DialogsProps {
  open: OpenDialog;
  navigate: (path: string) => void;
}

/** All dialogs of the window; the shell knows them, the features not each other. */
export function Dialogs({ open, navigate }: DialogsProps) {
  switch (open.kind) {
    case 'create-sandbox':
      return <CreateSandboxDialog navigate={navigate} />;
    case 'snapshot-sandbox':
      return <SnapshotSandboxDialog sandboxId={open.sandboxId} />;
    case 'renew-sandbox':
      return <RenewSandboxDialog sandboxId={open.sandboxId} />;
    case 'rename-sandbox':
      return <RenameSandboxDialog sandboxId={open.sandboxId} />;
    case 'delete-sandboxes':
      return <DeleteSandboxesDialog ids={open.ids} />;
    case 'restore-snapshot':
      return <RestoreSnapshotDialog snapshotId={open.snapshotId} navigate={navigate} />;
    case 'rename-snapshot':
      return <RenameSnapshotDialog snapshotId={open.snapshotId} />;
    case 'export-snapshot':
      return <ExportSnapshotDialog snapshotId={open.snapshotId} />;
    case 'push-snapshot':
      return <PushSnapshotDialog snapshotId={open.snapshotId} />;
    case 'pull-snapshot':
      return <PullSnapshotDialog navigate={navigate} />;
    case 'recipe':
      return <RecipeDialog snapshotId={open.snapshotId} />;
    case 'delete-snapshots':
      return <DeleteSnapshotsDialog ids={open.ids} />;
    case 'reclaim-disk':
      return <ReclaimDialog snapshotIds={open.snapshotIds} />;
    case 'rollback':
      return (
        <RollbackDialog
          sandboxId={open.sandboxId}
          {...(open.snapshotId === undefined ? {} : { snapshotId: open.snapshotId })}
        />
      );
    case 'fork':
      return <ForkDialog from={open.from} id={open.id} navigate={navigate} />;
    case 'files':
      return <FileDialogs question={open.question} />;
    case 'apply-rules':
      return <ApplyRulesDialog sandboxId={open.sandboxId} rules={open.rules} preview={open.preview} />;
    case 'paste-lines':
      return <PasteLinesDialog text={open.text} paste={open.paste} />;
    case 'rotate-key':
      return <RotateKeyDialog />;
    case 'palette':
      return <Palette />;
    case 'shortcuts':
      return <ShortcutsDialog />;
  }
}
