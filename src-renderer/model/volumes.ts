import type { DesktopSandbox } from '../../src-main/http/schemas/desktop';
import type { SandboxVolume } from '../../src-main/http/schemas/snapshot-volumes';

/** The volumes that a snapshot of the sandbox can hold copies of: not folders of this machine. */
export function volumesToCopy({ volumes }: Pick<DesktopSandbox, 'volumes'>): SandboxVolume[] {
  return volumes
    .filter(({ kind }) => kind === 'named')
    .map(({ source, mountPath }) => ({ source, mountPath }));
}
