import type { SnapshotRules } from '../../src-main/http/schemas/rules';
import { errorMessage } from '../api/api-error';
import { deleteRules, previewRetention, putRules } from '../api/rules-api';
import { openDialog } from './dialogs';
import { showToast } from './toasts';

/** Saves at once where nothing is deleted by it, else asks first. @throws ApiError */
export async function saveOrAsk(sandboxId: string, rules: SnapshotRules): Promise<void> {
  const preview = await previewRetention(sandboxId, rules.retention);
  if (preview.deletes.length > 0) openDialog({ kind: 'apply-rules', sandboxId, rules, preview });
  else await saveRules(sandboxId, rules);
}

/** @throws ApiError */
export async function saveRules(sandboxId: string, rules: SnapshotRules): Promise<void> {
  await putRules(sandboxId, rules);
  showToast({ tone: 'info', message: 'Rules saved.' });
}

/** Removes at once, with the way back in a toast. @throws ApiError */
export async function removeRules(sandboxId: string, before: SnapshotRules): Promise<void> {
  await deleteRules(sandboxId);
  const undo = (): void => {
    saveOrAsk(sandboxId, before).catch((error: unknown) =>
      showToast({ tone: 'error', message: errorMessage(error) }),
    );
  };
  showToast({ tone: 'info', message: 'Rules removed.', action: { label: 'Undo', run: undo } });
}
