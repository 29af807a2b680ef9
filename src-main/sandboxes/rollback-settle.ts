import type { DockerEngine } from '../engine/docker-engine';
import type { ListedContainer } from '../engine/engine-types';
import { LABEL_ID, LABEL_INSTANCE, LABEL_KIND } from '../engine/labels';
import type { SandboxRecord } from '../store/records';
import { removeStrayCopies } from './copied-volumes';
import { containerName } from './provision';
import type { SandboxRegistry } from './sandbox-registry';

export interface SettleContext {
  engine: DockerEngine;
  registry: SandboxRegistry;
  instanceId: string;
}

/** Name of the second container of a sandbox while it is rolled back. */
export function replacementName(sandboxId: string): string {
  return `${containerName(sandboxId)}-rollback`;
}

/** Every container of a sandbox, also one that a roll back left behind. */
export async function containersOf(
  sandboxId: string,
  { engine, instanceId }: Pick<SettleContext, 'engine' | 'instanceId'>,
): Promise<ListedContainer[]> {
  const found = await engine.containers.list(`${LABEL_ID}=${sandboxId}`);
  return found.filter(
    ({ labels }) => labels[LABEL_INSTANCE] === instanceId && labels[LABEL_KIND] === 'sandbox',
  );
}

/**
 * Ends a roll back from whichever step it reached: the record says which container is the sandbox, and that one is
 * kept, thawed, named as always; every other one goes. The same for the regular end, a failure and a crash.
 * @returns false when the sandbox's container was taken away outside the app; nothing of the roll back is left then.
 */
export async function settleRollback(sandboxId: string, context: SettleContext): Promise<boolean> {
  const { engine, registry } = context;
  const found = await containersOf(sandboxId, context);
  const record = registry.records.get(sandboxId);
  if (record !== undefined && record.rollback === undefined) {
    const facts = await engine.containers.inspect(record.containerId ?? '');
    registry.noteContainer(sandboxId, facts);
    return facts !== undefined;
  }
  const kept = record === undefined ? undefined : chooseKept(found, record);
  for (const each of found) {
    if (each.id !== kept?.id) await engine.containers.remove(each.id);
  }
  if (kept === undefined || record?.rollback === undefined) {
    await removeStrayCopies(engine, sandboxId, {
      instanceId: context.instanceId,
      owned: record?.ownedVolumes ?? [],
    });
    return false;
  }
  if (kept.id === record.containerId && kept.phase === 'paused' && record.rollback.freezes)
    await engine.containers.unpause(kept.id);
  if (kept.name !== containerName(sandboxId))
    await engine.containers.rename(kept.id, containerName(sandboxId));
  registry.noteContainer(sandboxId, await engine.containers.inspect(kept.id));
  // Read again: an expiry may have been moved, or a removal begun, meanwhile.
  const current = registry.records.get(sandboxId);
  if (current?.rollback === undefined) return true;
  const settled = { ...switchedTo(kept.id, current, current.rollback.snapshotId) };
  delete settled.rollback;
  await registry.save(settled);
  // Those that were made in vain, or whose place others have taken.
  if (current.rollback.mounts !== undefined)
    await removeStrayCopies(engine, sandboxId, {
      instanceId: context.instanceId,
      owned: settled.ownedVolumes,
    });
  return true;
}

/** The record once its sandbox is another container; unchanged when it is that one already. */
export function switchedTo(containerId: string, record: SandboxRecord, snapshotId: string): SandboxRecord {
  if (record.containerId === containerId) return record;
  const switched: SandboxRecord = {
    ...record,
    ...record.rollback?.mounts,
    containerId,
    source: { kind: 'snapshot', snapshotId },
    pausedByUser: false,
  };
  // The new container has a network of its own; the one that the old one was in goes with that.
  delete switched.networkContainerId;
  return switched;
}

/** The record's container; only where that was taken away meanwhile, the one that was to follow, if it ran. */
function chooseKept(found: readonly ListedContainer[], record: SandboxRecord): ListedContainer | undefined {
  return found.find(({ id }) => id === record.containerId) ?? found.find(({ phase }) => phase === 'running');
}

/**
 * Which container is the sandbox where no record says so, because the store was lost during a roll back: the one of
 * before, if it is there, since what it holds may be nowhere else. The other one goes.
 */
export async function keepOne(
  engine: DockerEngine,
  found: readonly ListedContainer[],
): Promise<readonly ListedContainer[]> {
  const replacement = found.find(({ labels, name }) => name === replacementName(labels[LABEL_ID] ?? ''));
  if (replacement === undefined) return found;
  const others = found.filter((each) => each !== replacement);
  const sandboxId = replacement.labels[LABEL_ID] ?? '';
  if (others.length === 0) {
    if (replacement.phase !== 'created')
      await engine.containers.rename(replacement.id, containerName(sandboxId));
    return found;
  }
  await engine.containers.remove(replacement.id);
  for (const each of others) {
    if (each.phase === 'paused') await engine.containers.unpause(each.id);
  }
  return others;
}
