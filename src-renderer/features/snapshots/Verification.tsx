import { RefreshCw } from 'lucide-react';
import type { DesktopSnapshot } from '../../../src-main/http/schemas/desktop';
import type { SnapshotVerification } from '../../../src-main/http/schemas/snapshot-verification';
import { Button } from '../../components/Button';
import { StateBadge } from '../../components/StateBadge';
import { formatExact } from '../../model/format-time';
import { useOutage } from '../../state/connection';
import { verify } from '../../state/snapshot-commands';
import styles from './Verification.module.css';

const WORDS: Readonly<Record<SnapshotVerification['state'], string>> = {
  pending: 'Checking',
  verified: 'Verified',
  incomplete: 'Incomplete',
  unknown: 'Not verified',
};

interface VerificationProps {
  item: DesktopSnapshot;
  verification: SnapshotVerification;
}

/** Whether the image holds what Docker said that the sandbox had changed, and what it lacks. */
export function Verification({ item, verification }: VerificationProps) {
  const outage = useOutage();
  const { state, missing = [], at } = verification;
  return (
    <section aria-label="Verification" className={styles.section}>
      <div className={styles.line}>
        <StateBadge
          state={WORDS[state]}
          title={at === undefined ? undefined : `Checked ${formatExact(at)}`}
        />
        {at !== undefined && state !== 'pending' && (
          <Button
            icon={RefreshCw}
            disabled={outage !== undefined}
            title={outage}
            onClick={() => void verify(item.snapshot.id)}
          >
            Verify again
          </Button>
        )}
      </div>
      <p className={styles.text}>{sentence(verification)}</p>
      {missing.length > 0 && (
        <ul aria-label="Missing paths" className={styles.paths}>
          {missing.map((path) => (
            <li key={path}>
              <code>{path}</code>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function sentence({ state, checkedPaths = 0, reason = '' }: SnapshotVerification): string {
  switch (state) {
    case 'pending':
      return 'Whether the image holds all that had changed is checked when no snapshot is being taken.';
    case 'verified':
      return checkedPaths === 0
        ? 'The sandbox had changed nothing.'
        : `All that Docker said had changed is in the image: ${checkedPaths} ${checkedPaths === 1 ? 'path' : 'paths'}.`;
    case 'incomplete':
    case 'unknown':
      return reason;
  }
}
