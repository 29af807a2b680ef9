import type { SnapshotRecord } from '../../store/records';
import type { SnapshotVerification } from '../schemas/snapshot-verification';

/** Undefined for a snapshot that is not Ready and never was looked at. */
export function verificationView({
  state,
  origin,
  verification,
}: SnapshotRecord): SnapshotVerification | undefined {
  if (verification !== undefined || state !== 'Ready') return verification;
  return {
    state: 'unknown',
    reason:
      origin === 'adopted'
        ? 'Another OpenSandbox server took it.'
        : 'Nothing tells what had changed: it was imported, recovered, or taken by an earlier version.',
  };
}
