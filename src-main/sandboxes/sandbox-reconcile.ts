import type { Logger } from 'pino';
import type { ActivityLog } from '../activity/activity-log';
import type { DockerEngine } from '../engine/docker-engine';
import type { ContainerFacts, ContainerPhase, EngineEvent, ListedContainer } from '../engine/engine-types';
import { LABEL_ID, LABEL_INSTANCE, LABEL_KIND, readLabels, type LabelledSandbox } from '../engine/labels';
import { unlessBroken } from '../engine/unless-broken';
import { nowIso } from '../ids';
import type { SandboxRecord } from '../store/records';
import { sweepCopiedVolumes } from './copied-volumes';
import { keepOne, settleRollback } from './rollback-settle';
import { sandboxDisplayName } from './sandbox-views';
import type { SandboxRegistry } from './sandbox-registry';
import { removeVolumes } from './volume-mounts';

/** As Docker (`9`) and Podman name it in their events. */
const SIGKILL_NAMES = new Set(['9', 'SIGKILL']);
const SIGKILL_EXIT_CODE = 137;

type FoundContainer = Pick<ListedContainer, 'id' | 'labels' | 'phase' | 'networkContainerId'>;

export interface SandboxReconcileContext {
  registry: SandboxRegistry;
  activity: ActivityLog;
  instanceId: string;
  /** Containers that somebody asked the engine to kill and whose end has not come yet. */
  killed: Set<string>;
  /** The store was damaged: what it knows may be older than what was acknowledged. */
  storeLostChanges: boolean;
  logger: Logger;
}

/**
 * Brings records and containers together after the engine was out of sight (DESIGN.md, "Truth").
 * @returns how many sandboxes were rebuilt from labels because no record knew them.
 */
export async function reconcileSandboxes(
  engine: DockerEngine,
  context: SandboxReconcileContext,
): Promise<number> {
  const { registry } = context;
  const found = await engine.containers.list(`${LABEL_INSTANCE}=${context.instanceId}`);
  const present = new Map<string, ListedContainer[]>();
  for (const container of found) {
    if (container.labels[LABEL_KIND] !== 'sandbox') continue;
    const id = container.labels[LABEL_ID] ?? '';
    present.set(id, [...(present.get(id) ?? []), container]);
  }
  let rebuilt = 0;
  for (const [id, containers] of present) {
    if (registry.provisioning.has(id) || registry.replacing.has(id)) continue;
    await unlessBroken(context.logger, { sandboxId: id }, async () => {
      await settleInterruptedRollback(engine, context, id);
      const kept = registry.records.get(id) === undefined ? await keepOne(engine, containers) : containers;
      for (const container of kept) {
        if (await settleContainer(engine, context, id, container)) rebuilt += 1;
      }
    });
  }
  for (const record of [...registry.records.inCreationOrder()]) {
    if (registry.provisioning.has(record.id) || registry.replacing.has(record.id)) continue;
    await unlessBroken(context.logger, { sandboxId: record.id }, async () => {
      if (record.phase === 'creating') {
        // That its container runs, and was acknowledged, may be what the store lost.
        const started = present.get(record.id)?.find(({ phase }) => phase !== 'created');
        if (context.storeLostChanges && started !== undefined) {
          if (await rebuild(engine, context, record.id, started)) rebuilt += 1;
          // Nobody in this process is creating it, so a crash cut it off.
        } else await settleInterrupted(engine, context, record);
      } else if (record.phase === 'active' && !present.has(record.id) && (await isGone(engine, record)))
        await noteRemoved(engine, context, record);
    });
  }
  await unlessBroken(context.logger, { work: 'copied volumes' }, () => sweepCopiedVolumes(engine, context));
  return rebuilt;
}

/** The list may be older than the container. */
async function isGone(engine: DockerEngine, { containerId }: SandboxRecord): Promise<boolean> {
  return containerId === undefined || (await engine.containers.inspect(containerId)) === undefined;
}

/** A roll back that a crash or an outage cut off ends with one container, from whichever step it had reached. */
async function settleInterruptedRollback(
  engine: DockerEngine,
  context: SandboxReconcileContext,
  id: string,
): Promise<void> {
  const { registry, activity, instanceId } = context;
  const before = registry.records.get(id);
  if (before?.rollback === undefined) return;
  const isThere = await settleRollback(id, { engine, registry, instanceId });
  if (!isThere && before.phase === 'active') await noteRemoved(engine, context, before);
  const after = registry.records.get(id);
  if (after === undefined) return;
  const { source } = after;
  const isDone = source.kind === 'snapshot' && source.snapshotId === before.rollback.snapshotId;
  activity.note({
    cause: 'recovery',
    kind: 'sandbox.rollback-settled',
    sandboxId: id,
    message: `Rolling back sandbox ${sandboxDisplayName(after)} was interrupted; it ${isDone ? 'has the files of the snapshot' : 'is as it was before'}.`,
  });
}

/**
 * Follows one event of the engine. The event only says where to look: the state is reread, so duplicates and
 * reordering do no harm.
 */
export async function followContainerEvent(
  engine: DockerEngine,
  event: EngineEvent,
  context: SandboxReconcileContext,
): Promise<void> {
  const { registry } = context;
  const kind = event.attributes[LABEL_KIND];
  if (event.attributes[LABEL_INSTANCE] !== context.instanceId) return;
  // The engine goes on filling a volume for a server that died meanwhile.
  if (kind === 'volume-copy' && event.action === 'create') await sweepCopiedVolumes(engine, context);
  if (kind !== 'sandbox') return;
  const id = event.attributes[LABEL_ID] ?? '';
  const record = registry.records.get(id);
  if (record === undefined) {
    await settleLate(engine, context, id, event);
    return;
  }
  if (record.phase === 'creating' && phaseAfter(event.action) === 'exited') registry.endedEarly.add(id);
  if (record.containerId !== event.id || record.phase !== 'active') return;
  if (event.action === 'kill' && SIGKILL_NAMES.has(event.attributes['signal'] ?? ''))
    context.killed.add(event.id);
  const wasAsked = event.action === 'die' && context.killed.delete(event.id);
  if (event.action === 'destroy') {
    await noteRemoved(engine, context, record);
    return;
  }
  const phase = phaseAfter(event.action);
  if (phase === undefined || registry.container(id)?.phase === phase) return;
  if (registry.isFrozenByUs(id) && phase !== 'exited') return;
  const before = registry.status(record);
  // Asked now: the operation may be over, and have noted itself, when the engine has answered.
  const isOurDoing = phase !== 'exited' && registry.isHeld(id);
  const inspection = await engine.containers.inspectSoon(event.id);
  if ('late' in inspection) registry.noteSilent(id, event.id);
  const facts = 'late' in inspection ? await inspection.late : inspection.facts;
  // What began meanwhile froze it: that is no pause (DESIGN.md, "Capture").
  if (facts?.phase === 'paused' && registry.isFrozenByUs(id)) return;
  // On its way out: the event of its removal follows.
  if (facts === undefined || facts.phase === 'removing') return;
  registry.noteContainer(id, wasAsked ? facts : withLikelyCause(facts, record));
  await noteResumed(registry, id);
  const after = registry.status(record);
  if (isOurDoing || after.state === before.state || registry.records.get(id)?.phase !== 'active') return;
  context.activity.note({
    cause: 'engine',
    kind: `sandbox.${after.state.toLowerCase()}`,
    sandboxId: id,
    severity: after.state === 'Failed' ? 'error' : 'info',
    message: `Sandbox ${sandboxDisplayName(record)} is now ${after.state}: ${after.message}`,
  });
}

/**
 * An engine that hangs may take up a create or a start again long after the request for it was given up, and after
 * what exists was read.
 */
async function settleLate(
  engine: DockerEngine,
  context: SandboxReconcileContext,
  id: string,
  event: EngineEvent,
): Promise<void> {
  const { registry } = context;
  const isBeingMade = registry.provisioning.has(id) || registry.replacing.has(id);
  if ((event.action !== 'create' && event.action !== 'start') || isBeingMade) return;
  const found = await engine.containers.inspect(event.id);
  if (found === undefined || found.phase === 'removing' || registry.records.get(id) !== undefined) return;
  await settleContainer(engine, context, id, found);
}

/**
 * Not every engine tells that the kernel killed a container for its memory (none with the v1 control groups of some
 * kernels). SIGKILL to the main process can come from nobody inside, so without a request it was the kernel.
 */
function withLikelyCause(facts: ContainerFacts, record: SandboxRecord): ContainerFacts {
  const hasLimit = record.resourceLimits['memory'] !== undefined;
  return { ...facts, oomKilled: facts.oomKilled || (hasLimit && facts.exitCode === SIGKILL_EXIT_CODE) };
}

function phaseAfter(action: string): ContainerPhase | undefined {
  switch (action) {
    case 'start':
    case 'unpause':
    case 'restart':
      return 'running';
    case 'pause':
      return 'paused';
    case 'die':
      return 'exited';
    default:
      return undefined;
  }
}

/** @returns true when a record was rebuilt for the container. */
async function settleContainer(
  engine: DockerEngine,
  context: SandboxReconcileContext,
  id: string,
  container: FoundContainer,
): Promise<boolean> {
  const { registry } = context;
  const record = registry.records.get(id);
  if (record !== undefined) {
    if (record.containerId === container.id) {
      registry.noteInspection(id, container.id, await engine.containers.inspectSoon(container.id));
      await noteResumed(registry, id);
    }
    return false;
  }
  if (container.phase === 'created' || registry.abandoned.has(id)) {
    // Never started and never recorded: a create that a crash interrupted, or one that could not be undone.
    await engine.containers.remove(container.id);
    registry.abandoned.delete(id);
    return false;
  }
  return rebuild(engine, context, id, container);
}

/** A pause that ended without an answer to a resume of ours: the next freeze must not be taken for it. */
async function noteResumed(registry: SandboxRegistry, id: string): Promise<void> {
  const record = registry.records.get(id);
  if (record?.pausedByUser !== true || registry.container(id)?.phase !== 'running' || registry.isHeld(id))
    return;
  await registry.save({ ...record, pausedByUser: false });
}

/** @returns false when the container is gone. */
async function rebuild(
  engine: DockerEngine,
  { registry }: SandboxReconcileContext,
  id: string,
  container: FoundContainer,
): Promise<boolean> {
  const inspection = await engine.containers.inspectSoon(container.id);
  const known = 'facts' in inspection ? inspection.facts : container;
  if (known === undefined) return false;
  const rebuilt = rebuildRecord(engine, id, container);
  await registry.save({ ...rebuilt, pausedByUser: known.phase === 'paused' });
  registry.noteInspection(id, container.id, inspection);
  return true;
}

/** A record from labels alone; what changed after the create (metadata, expiry) is as it was at the create. */
function rebuildRecord(
  engine: DockerEngine,
  id: string,
  { id: containerId, labels, networkContainerId }: FoundContainer,
): SandboxRecord {
  // Written by sandboxLabels of this product; a field that is missing falls back to what is harmless.
  const story = (readLabels(labels)?.story ?? {}) as Partial<LabelledSandbox>;
  const now = nowIso();
  return {
    id,
    engineId: engine.info.id,
    phase: 'active',
    containerId,
    source: story.source ?? { kind: 'image', uri: 'unknown' },
    entrypoint: story.entrypoint ?? [],
    metadata: story.metadata ?? {},
    resourceLimits: story.resourceLimits ?? {},
    extensions: story.extensions ?? {},
    envNames: story.envNames ?? [],
    volumes: story.volumes ?? [],
    ownedVolumes: story.ownedVolumes ?? [],
    network: story.network ?? 'bridge',
    pausedByUser: false,
    createdAt: story.createdAt ?? now,
    lastTransitionAt: now,
    ...(networkContainerId === undefined ? {} : { networkContainerId }),
    ...(story.platform === undefined ? {} : { platform: story.platform }),
    ...(story.expiresAt === undefined
      ? {}
      : { expiresAt: safeExpiry(story.expiresAt, story.createdAt ?? now) }),
  };
}

/**
 * Labels know only the expiry of the create; the sandbox may have been renewed since. Removing one that was renewed
 * cannot be undone, so it gets its whole time once more.
 */
function safeExpiry(expiresAt: string, createdAt: string): string {
  const timeoutMs = Date.parse(expiresAt) - Date.parse(createdAt);
  return new Date(Math.max(Date.parse(expiresAt), Date.now() + timeoutMs)).toISOString();
}

/** A create that a crash cut off: never acknowledged ones vanish, answered ones say what happened. */
async function settleInterrupted(
  engine: DockerEngine,
  context: SandboxReconcileContext,
  record: SandboxRecord,
): Promise<void> {
  const { registry } = context;
  const leftovers = await engine.containers.list(`${LABEL_ID}=${record.id}`);
  for (const container of leftovers) {
    if (container.labels[LABEL_INSTANCE] === context.instanceId) await engine.containers.remove(container.id);
  }
  const volumes = await engine.volumes.list(`${LABEL_ID}=${record.id}`);
  await removeVolumes(
    engine,
    volumes.map(({ name }) => name),
  );
  if (record.answeredPending !== true) {
    await registry.forget(record.id);
    return;
  }
  await registry.save({
    ...record,
    phase: 'failed',
    failure: {
      reason: 'PROVISIONING_ERROR',
      message:
        'The server stopped while the sandbox was being made. Delete this sandbox and create it again.',
    },
    lastTransitionAt: nowIso(),
  });
}

/** A sandbox whose container somebody took away: the record and what went with the sandbox follow. */
export async function noteRemoved(
  engine: DockerEngine,
  context: Pick<SandboxReconcileContext, 'registry' | 'activity'>,
  record: SandboxRecord,
): Promise<void> {
  // First: a volume that cannot be removed must not leave a sandbox behind that has no container.
  const forgetting = context.registry.forget(record.id);
  // In the same turn, so that whoever sees it gone also sees why.
  context.activity.note({
    cause: 'engine',
    kind: 'sandbox.removed',
    sandboxId: record.id,
    message: `Sandbox ${sandboxDisplayName(record)} was removed outside the app. Its snapshots stay.`,
  });
  await forgetting;
  await removeVolumes(engine, record.ownedVolumes);
}
