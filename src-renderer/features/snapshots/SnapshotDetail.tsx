import { RotateCcw } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { DesktopSnapshot } from '../../../src-main/http/schemas/desktop';
import { Banner } from '../../components/Banner';
import { Button } from '../../components/Button';
import { CaptureProgress } from '../../components/CaptureProgress';
import { DetailPane, PaneBody, PaneLine } from '../../components/DetailPane';
import { Facts } from '../../components/Facts';
import { SnippetTabs } from '../../components/SnippetTabs';
import { StateBadge } from '../../components/StateBadge';
import { availabilityFor } from '../../components/entity-action';
import { useSnippetContext } from '../../components/use-snippet-context';
import { errorMessage } from '../../api/api-error';
import { restoreSnippets } from '../../model/snippets';
import { useOutage } from '../../state/connection';
import { usePendingWord } from '../../state/pending';
import { saveNotes } from '../../state/snapshot-commands';
import { useAddressedSnapshot, useIsMissing } from '../../state/snapshots';
import type { SnapshotAction } from '../../actions/snapshot-actions';
import { SnapshotLabels } from './SnapshotLabels';
import { NotCaptured } from './NotCaptured';
import { Verification } from './Verification';
import { snapshotFacts } from './snapshot-facts';
import styles from './SnapshotDetail.module.css';

const BUTTONS = [
  'restore-choices',
  'compare',
  'browse',
  'rename',
  'pin',
  'unpin',
  'export',
  'export-choices',
  'push',
  'recipe',
  'delete',
];

interface SnapshotDetailProps {
  id: string;
  actions: readonly SnapshotAction[];
  onClose: () => void;
}

export function SnapshotDetail({ id, actions, onClose }: SnapshotDetailProps) {
  const item = useAddressedSnapshot(id);
  const isMissing = useIsMissing(id);
  return (
    <DetailPane
      label="Snapshot details"
      title={item?.displayName ?? (isMissing ? 'Snapshot not found' : 'Loading…')}
      size="facts"
      closeLabel="Close details"
      onClose={onClose}
    >
      {item !== undefined && <Detail item={item} actions={actions} />}
      {isMissing && <PaneLine>It was deleted, or the address is wrong.</PaneLine>}
    </DetailPane>
  );
}

function Detail({ item, actions }: { item: DesktopSnapshot; actions: readonly SnapshotAction[] }) {
  const { status } = item.snapshot;
  const outage = useOutage();
  const pendingWord = usePendingWord(item.snapshot.id);
  const context = useSnippetContext();
  const snippets = useMemo(() => restoreSnippets(context, item.snapshot.id), [context, item.snapshot.id]);
  const restore = actions.find((action) => action.id === 'restore');
  const reason = restore === undefined ? true : availabilityFor(restore, [item], outage);
  return (
    <PaneBody>
      <div className={styles.state}>
        <StateBadge state={status.state} pendingWord={pendingWord} />
        {status.state === 'Creating' && <CaptureProgress item={item} />}
      </div>
      {status.state === 'Failed' && <Banner tone="error">{status.message}</Banner>}
      <div className={styles.buttons}>
        <Button
          tone="primary"
          icon={RotateCcw}
          disabled={reason !== true}
          title={reason === true ? undefined : reason}
          onClick={() => restore?.run([item])}
        >
          Restore
        </Button>
        {actions
          .filter(
            (action) => BUTTONS.includes(action.id) && availabilityFor(action, [item], undefined) === true,
          )
          .map((action) => (
            <Button
              key={action.id}
              icon={action.icon}
              disabled={outage !== undefined}
              title={outage}
              onClick={() => action.run([item])}
            >
              {action.label}
            </Button>
          ))}
      </div>
      <Notes key={item.notes ?? ''} item={item} />
      <SnapshotLabels item={item} />
      <Facts facts={snapshotFacts(item)} />
      {item.verification !== undefined && <Verification item={item} verification={item.verification} />}
      <NotCaptured item={item} />
      <SnippetTabs label="Restore from code" snippets={snippets} />
    </PaneBody>
  );
}

function Notes({ item }: { item: DesktopSnapshot }) {
  const [text, setText] = useState(item.notes ?? '');
  const [error, setError] = useState<string>();
  const changed = text !== (item.notes ?? '');
  const save = (): void => {
    setError(undefined);
    saveNotes(item.snapshot.id, text.trim()).catch((failure: unknown) => setError(errorMessage(failure)));
  };
  return (
    <div className={styles.notes}>
      <textarea
        aria-label="Note"
        placeholder={item.readOnly ? 'No note' : 'Add a note'}
        rows={2}
        maxLength={4000}
        readOnly={item.readOnly}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {changed && (
        <div className={styles.noteButtons}>
          <Button onClick={() => setText(item.notes ?? '')}>Discard</Button>
          <Button tone="primary" onClick={save}>
            Save note
          </Button>
        </div>
      )}
      {error !== undefined && <Banner tone="error">{error}</Banner>}
    </div>
  );
}
