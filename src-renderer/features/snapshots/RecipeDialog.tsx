import { Copy, FileDown } from 'lucide-react';
import { readRecipe } from '../../api/transfer-api';
import { Banner } from '../../components/Banner';
import { Button } from '../../components/Button';
import { ShowDialog } from '../../components/ShowDialog';
import { saveText } from '../../components/save-text';
import { useReading } from '../../components/use-reading';
import { copyText } from '../../state/clipboard';
import { useSnapshot } from '../../state/snapshots';
import styles from './RecipeDialog.module.css';

/** Shows how a snapshot came to be as the draft of a Dockerfile, to copy or to save. */
export function RecipeDialog({ snapshotId }: { snapshotId: string }) {
  const item = useSnapshot(snapshotId);
  const reading = useReading(snapshotId, (signal) => readRecipe(snapshotId, signal));
  const text = reading.state === 'read' ? reading.value : undefined;
  return (
    <ShowDialog
      title={`Recipe of ${item?.displayName ?? snapshotId}`}
      tools={
        <>
          <Button
            icon={Copy}
            disabled={text === undefined}
            onClick={() => text !== undefined && void copyText(text, 'recipe')}
          >
            Copy
          </Button>
          <Button
            icon={FileDown}
            disabled={text === undefined}
            onClick={() => text !== undefined && saveText('Dockerfile', text)}
          >
            Save as Dockerfile
          </Button>
        </>
      }
    >
      {reading.state === 'failed' && <Banner tone="error">{reading.message}</Banner>}
      {reading.state === 'reading' && <p role="status">Comparing the snapshots of its lineage…</p>}
      {text !== undefined && (
        // Scrolls, so the keyboard must be able to reach it.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrollable region
        <pre className={styles.text} tabIndex={0} role="region" aria-label="Dockerfile draft">
          {text}
        </pre>
      )}
    </ShowDialog>
  );
}
