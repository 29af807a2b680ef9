import { dirname } from 'node:path/posix';
import type { ContainerChange } from '../../engine/filesystem-facts';
import type { DockerEngine } from '../../engine/docker-engine';
import { nowIso } from '../../ids';
import type { VerificationRecord } from '../../store/records';
import type { WitnessedChanges } from './capture-witness';
import { changesNotHeld, type Holds } from './layer-check';

/** How many missing paths a record names. */
export const NAMED_PATHS = 100;
/** Each is one question to the engine; whoever has more of them was changing all the time. */
const MAX_ASKED = 200;

/**
 * Why a change is not in a snapshot. `no-file`: archives cannot hold it. `later`: it was made after the capture.
 * `unexplained`: it should be there. `untold`: any of these.
 */
export type Explanation = 'no-file' | 'later' | 'unexplained' | 'untold';

export type Explain = (change: ContainerChange) => Promise<Explanation>;

/**
 * Judges a snapshot by what its capture was witnessed to change. A path counts as missing only if it is certain that
 * it was there when the container was frozen and that an image can hold it.
 */
export async function verdictOf(
  evidence: WitnessedChanges,
  holds: Holds,
  explain: Explain,
): Promise<VerificationRecord> {
  const open = changesNotHeld(evidence.changes, holds);
  const found: Record<Explanation, ContainerChange[]> = {
    'no-file': [],
    later: [],
    unexplained: [],
    untold: open.slice(MAX_ASKED),
  };
  for (const change of open.slice(0, MAX_ASKED)) found[await explain(change)].push(change);
  const at = nowIso();
  const checkedPaths = evidence.changes.length - open.length;
  const { unexplained: missing, untold } = found;
  if (missing.length > 0) {
    return {
      state: 'incomplete',
      checkedPaths,
      missing: missing.slice(0, NAMED_PATHS).map((change) => change.path),
      reason: `${missing.length} of ${evidence.changes.length} changes are not in the image.`,
      at,
    };
  }
  if (untold.length === 0) return { state: 'verified', checkedPaths, at };
  return {
    state: 'unknown',
    checkedPaths,
    reason: `The sandbox went on changing: of ${untold.length} paths it cannot be told whether they changed before or after the capture.`,
    at,
  };
}

/** Tells by what the container shows now, if it is still there. */
export function explainBy(
  engine: DockerEngine,
  containerId: string,
  { exact, frozenAtMs }: WitnessedChanges,
): Explain {
  const modifiedLater = async (path: string) => {
    const stat = await engine.archives.stat(containerId, path);
    return stat !== undefined && frozenAtMs !== undefined && Date.parse(stat.modifiedAt) >= frozenAtMs;
  };
  return async ({ path, kind }) => {
    if (kind === 'deleted') {
      if (exact) return 'unexplained';
      return (await modifiedLater(dirname(path))) ? 'later' : 'untold';
    }
    const stat = await engine.archives.stat(containerId, path);
    // Where nothing is left to look at, it may have been a socket, or have come and gone since.
    if (stat === undefined) return exact || !(await modifiedLater(dirname(path))) ? 'untold' : 'later';
    // Archives hold no sockets: they end with the processes that listen on them.
    if (stat.kind === 'other') return 'no-file';
    if (exact) return 'unexplained';
    return (await modifiedLater(path)) ? 'later' : 'untold';
  };
}
