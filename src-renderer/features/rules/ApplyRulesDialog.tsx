import type { RetentionPreview, SnapshotRules } from '../../../src-main/http/schemas/rules';
import { Dialog } from '../../components/Dialog';
import { useSubmit } from '../../components/use-submit';
import { count } from '../../model/count';
import { formatBytes } from '../../model/format-size';
import { saveRules } from '../../state/rule-commands';
import { RuledSnapshots } from './RuledSnapshots';

interface ApplyRulesDialogProps {
  sandboxId: string;
  rules: SnapshotRules;
  preview: RetentionPreview;
}

/** Names what a rule deletes as soon as it holds; the safe button has the focus. */
export function ApplyRulesDialog({ sandboxId, rules, preview }: ApplyRulesDialogProps) {
  const { busy, error, submit } = useSubmit(() => saveRules(sandboxId, rules));
  const what = count(preview.deletes.length, 'snapshot');
  return (
    <Dialog
      danger
      title={`Save rules and delete ${what}?`}
      confirm={`Save and delete ${what}`}
      onConfirm={submit}
      busy={busy}
      error={error}
    >
      <p>
        The rule does not keep these. Deleting them frees {formatBytes(preview.freedBytes)} and cannot be
        undone. Later ones go without asking, and Activity tells of each.
      </p>
      <RuledSnapshots label="What goes" items={preview.deletes} />
    </Dialog>
  );
}
