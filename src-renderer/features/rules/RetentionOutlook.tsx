import type { SnapshotRules } from '../../../src-main/http/schemas/rules';
import { previewRetention } from '../../api/rules-api';
import { Banner } from '../../components/Banner';
import { useReading } from '../../components/use-reading';
import { count } from '../../model/count';
import { formatBytes } from '../../model/format-size';
import { RuledSnapshots } from './RuledSnapshots';
import styles from './RulesTab.module.css';

interface RetentionOutlookProps {
  sandboxId: string;
  retention: NonNullable<SnapshotRules['retention']>;
  /** Changes whenever the sandbox's snapshots do. */
  version: string;
}

/** What the rule as it stands in the form would delete now, and why everything else stays. */
export function RetentionOutlook({ sandboxId, retention, version }: RetentionOutlookProps) {
  const reading = useReading(`${version} ${JSON.stringify(retention)}`, (signal) =>
    previewRetention(sandboxId, retention, signal),
  );
  if (reading.state === 'failed')
    return <Banner tone="error">What it would delete could not be told: {reading.message}</Banner>;
  const preview = reading.state === 'read' ? reading.value : reading.last;
  if (preview === undefined) return <p className={styles.muted}>Working out what would go…</p>;
  const { deletes, keeps, freedBytes } = preview;
  return (
    <div className={styles.outlook}>
      <p role="status">
        {deletes.length === 0
          ? 'Nothing would be deleted now.'
          : `Will delete ${count(deletes.length, 'snapshot')}, frees ${formatBytes(freedBytes)}.`}
      </p>
      {deletes.length > 0 && <RuledSnapshots label="What would go" items={deletes} />}
      {keeps.length > 0 && (
        <details>
          <summary>Why {count(keeps.length, 'snapshot')} would stay</summary>
          <RuledSnapshots label="What would stay" items={keeps} />
        </details>
      )}
    </div>
  );
}
