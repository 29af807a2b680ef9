import {
  Camera,
  CirclePause,
  CirclePlay,
  Clock,
  ExternalLink,
  GitCompareArrows,
  GitFork,
  History,
  NotebookPen,
  Pencil,
} from 'lucide-react';
import type { DesktopSandbox } from '../../src-main/http/schemas/desktop';
import type { EntityAction } from '../components/entity-action';
import { compareSandboxes } from '../state/compare-commands';
import { openDialog } from '../state/dialogs';
import { pause, quickSnapshot, resume } from '../state/sandbox-commands';
import { copyAction, deleteAction } from './common-actions';

export type SandboxAction = EntityAction<DesktopSandbox>;

/** Everything that can be done with a sandbox; `open` goes to its page. */
export function sandboxActions(open: (id: string) => void): readonly SandboxAction[] {
  return [
    {
      id: 'open',
      label: 'Open',
      icon: ExternalLink,
      shortcut: 'Enter',
      availability: () => true,
      offline: true,
      run: ([item]) => item !== undefined && open(item.sandbox.id),
    },
    {
      id: 'snapshot',
      label: 'Take snapshot',
      icon: Camera,
      shortcut: 's',
      bulk: true,
      availability: canSnapshot,
      run: (items) => items.forEach((item) => void quickSnapshot(item.sandbox.id)),
    },
    {
      id: 'snapshot-named',
      label: 'Take snapshot with name and note…',
      icon: NotebookPen,
      shortcut: 'S',
      availability: canSnapshot,
      run: ([item]) =>
        item !== undefined && openDialog({ kind: 'snapshot-sandbox', sandboxId: item.sandbox.id }),
    },
    {
      id: 'compare',
      label: 'Compare with…',
      icon: GitCompareArrows,
      shortcut: 'c',
      bulk: true,
      most: 2,
      availability: hasFiles,
      run: compareSandboxes,
    },
    {
      id: 'rollback',
      label: 'Roll back…',
      icon: History,
      shortcut: 'r',
      availability: (item) =>
        ['Running', 'Paused', 'Terminated', 'Failed'].includes(stateOf(item)) ||
        'Wait until it runs or has ended.',
      run: ([item]) => item !== undefined && openDialog({ kind: 'rollback', sandboxId: item.sandbox.id }),
    },
    {
      id: 'fork',
      label: 'Fork…',
      icon: GitFork,
      shortcut: 'f',
      availability: (item) => stateOf(item) === 'Running' || 'Only a running sandbox can be forked.',
      run: ([item]) =>
        item !== undefined && openDialog({ kind: 'fork', from: 'sandboxes', id: item.sandbox.id }),
    },
    {
      id: 'pause',
      label: 'Pause',
      icon: CirclePause,
      shortcut: 'p',
      bulk: true,
      availability: (item) => stateOf(item) === 'Running' || 'Only a running sandbox can be paused.',
      run: (items) => items.forEach((item) => void pause(item.sandbox.id)),
    },
    {
      id: 'resume',
      label: 'Resume',
      icon: CirclePlay,
      shortcut: 'p',
      bulk: true,
      availability: (item) => stateOf(item) === 'Paused' || 'Only a paused sandbox can be resumed.',
      run: (items) => items.forEach((item) => void resume(item.sandbox.id)),
    },
    {
      id: 'rename',
      label: 'Rename…',
      icon: Pencil,
      shortcut: 'F2',
      availability: (item) => stateOf(item) !== 'Stopping' || 'It is being deleted.',
      run: ([item]) =>
        item !== undefined && openDialog({ kind: 'rename-sandbox', sandboxId: item.sandbox.id }),
    },
    {
      id: 'renew',
      label: 'Change expiry…',
      icon: Clock,
      shortcut: 'e',
      availability: (item) => item.sandbox.expiresAt !== undefined || 'This sandbox never expires.',
      run: ([item]) =>
        item !== undefined && openDialog({ kind: 'renew-sandbox', sandboxId: item.sandbox.id }),
    },
    copyAction('id', (item) => item.sandbox.id),
    deleteAction({
      availability: (item) => stateOf(item) !== 'Stopping' || 'It is being deleted already.',
      run: (items) => openDialog({ kind: 'delete-sandboxes', ids: items.map((item) => item.sandbox.id) }),
    }),
  ];
}

function canSnapshot(item: DesktopSandbox): true | string {
  return stateOf(item) === 'Running' || 'Only a running sandbox can be captured.';
}

function hasFiles(item: DesktopSandbox): true | string {
  const state = stateOf(item);
  return (state !== 'Pending' && state !== 'Stopping') || 'It has no files to look at now.';
}

function stateOf(item: DesktopSandbox): string {
  return item.sandbox.status.state;
}
