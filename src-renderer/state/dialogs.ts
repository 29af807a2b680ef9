import { create } from 'zustand';
import type { FileQuestion } from './file-questions';
import type { RetentionPreview, SnapshotRules } from '../../src-main/http/schemas/rules';

/** Which dialog is open is data, never scattered booleans. */
export type OpenDialog =
  | { kind: 'create-sandbox' }
  | { kind: 'snapshot-sandbox'; sandboxId: string }
  | { kind: 'renew-sandbox'; sandboxId: string }
  | { kind: 'rename-sandbox'; sandboxId: string }
  | { kind: 'delete-sandboxes'; ids: readonly string[] }
  | { kind: 'restore-snapshot'; snapshotId: string }
  | { kind: 'rename-snapshot'; snapshotId: string }
  | { kind: 'export-snapshot'; snapshotId: string }
  | { kind: 'push-snapshot'; snapshotId: string }
  | { kind: 'pull-snapshot' }
  | { kind: 'recipe'; snapshotId: string }
  | { kind: 'delete-snapshots'; ids: readonly string[] }
  | { kind: 'reclaim-disk'; snapshotIds: readonly string[] }
  | { kind: 'rollback'; sandboxId: string; snapshotId?: string }
  | { kind: 'fork'; from: 'sandboxes' | 'snapshots'; id: string }
  | { kind: 'files'; question: FileQuestion }
  | { kind: 'apply-rules'; sandboxId: string; rules: SnapshotRules; preview: RetentionPreview }
  | { kind: 'paste-lines'; text: string; paste: () => void }
  | { kind: 'rotate-key' }
  | { kind: 'palette' }
  | { kind: 'shortcuts' };

export const useDialogs = create<{ readonly open: OpenDialog | undefined }>(() => ({ open: undefined }));

export function openDialog(dialog: OpenDialog): void {
  useDialogs.setState({ open: dialog });
}

export function closeDialog(): void {
  useDialogs.setState({ open: undefined });
}
