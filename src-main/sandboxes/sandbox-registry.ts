import { Mutex } from 'async-mutex';
import type { Changes } from '../activity/changes';
import type { ContainerFacts, Inspection } from '../engine/engine-types';
import { containerSilent } from '../engine/silence-watch';
import { nowIso } from '../ids';
import type { OrderedCollection } from '../store/ordered-collection';
import type { SandboxRecord } from '../store/records';
import { sandboxStatus, type ContainerState, type SandboxStatus } from './sandbox-status';

/**
 * What is known about sandboxes: the durable records, the engine's last word on each container, and who works on
 * which container now. Every reader and every operation shares this one view.
 */
export class SandboxRegistry {
  private readonly containers = new Map<string, ContainerState>();
  private readonly capturing = new Map<string, string>();
  private readonly locks = new Map<string, Mutex>();
  /** Creates under way in this process; whatever else says `creating` was left by a crash. */
  readonly provisioning = new Set<string>();
  /** Of those, the ones whose main process ended before their create was through. */
  readonly endedEarly = new Set<string>();
  /** Sandboxes whose container this process is replacing now; other records of a roll back were left by a crash. */
  readonly replacing = new Set<string>();
  /** Failed creates whose container could not be removed, because the engine went away. */
  readonly abandoned = new Set<string>();

  constructor(
    readonly records: OrderedCollection<SandboxRecord>,
    private readonly changes: Changes,
    /** Remembers what has to outlive a sandbox's record; written together with its removal. */
    private readonly beforeForgetting: (record: SandboxRecord) => Promise<void> = () => Promise.resolve(),
  ) {}

  /** The sandbox's status as the API reports it. */
  status(record: SandboxRecord): SandboxStatus {
    return sandboxStatus(record, this.containers.get(record.id), this.isFrozenByUs(record.id));
  }

  container(id: string): ContainerState | undefined {
    return this.containers.get(id);
  }

  /** Takes over what the engine says; undefined when the container is gone. */
  noteContainer(
    id: string,
    facts: Pick<ContainerFacts, 'id' | 'phase' | 'exitCode' | 'oomKilled'> | undefined,
  ): void {
    const before = this.containers.get(id);
    const same =
      before?.phase === facts?.phase &&
      before?.containerId === facts?.id &&
      before?.exitCode === facts?.exitCode;
    if (same) return;
    if (facts === undefined) this.containers.delete(id);
    else
      this.containers.set(id, {
        containerId: facts.id,
        phase: facts.phase,
        exitCode: facts.exitCode,
        oomKilled: facts.oomKilled,
        since: nowIso(),
      });
    this.changes.emit('sandbox', id);
    if (before?.phase === 'silent') this.changes.emit('spoken', id);
  }

  /** The engine says nothing of the container now, though it answers otherwise. */
  noteSilent(id: string, containerId: string): void {
    this.containers.set(id, {
      containerId,
      phase: 'silent',
      exitCode: 0,
      oomKilled: false,
      since: nowIso(),
    });
    this.changes.emit('sandbox', id);
  }

  /** Whether the engine says nothing of the sandbox's container now. */
  isSilent(id: string): boolean {
    return this.containers.get(id)?.phase === 'silent';
  }

  /**
   * To be asked before a question or a change that the engine would not answer either.
   * @throws AppError 503 `DOCKER::SANDBOX_QUERY_FAILED` while it says nothing of the sandbox's container
   */
  requireSpokenOf(id: string): void {
    if (this.isSilent(id)) throw containerSilent();
  }

  /** Takes over what the engine says of a sandbox's container, as soon as it says anything. */
  noteInspection(id: string, containerId: string, inspection: Inspection): void {
    if ('facts' in inspection) {
      this.noteContainer(id, inspection.facts);
      return;
    }
    this.noteSilent(id, containerId);
    const spoken = (facts: ContainerFacts | undefined) => {
      const { containerId: current, phase } = this.containers.get(id) ?? {};
      if (phase === 'silent' && current === containerId) this.noteContainer(id, facts);
    };
    // Nothing is known after a failure: what exists is read anew, of an engine that is lost once it is back.
    inspection.late.then(spoken, () => spoken(undefined));
  }

  /** The snapshot that is being captured from this sandbox now. */
  capturingSnapshot(id: string): string | undefined {
    return this.capturing.get(id);
  }

  /** A capture or a roll back may have frozen the container now: that is no pause (DESIGN.md, "Capture"). */
  isFrozenByUs(id: string): boolean {
    return this.capturing.has(id) || this.records.get(id)?.rollback?.freezes === true;
  }

  beginCapture(id: string, snapshotId: string): void {
    this.capturing.set(id, snapshotId);
    this.changes.emit('sandbox', id);
  }

  endCapture(id: string): void {
    this.capturing.delete(id);
    this.changes.emit('sandbox', id);
  }

  /** Writes a record durably and tells whoever watches. */
  async save(record: SandboxRecord): Promise<void> {
    const writing = this.records.put(record);
    this.changes.emit('sandbox', record.id);
    await this.tellIfUndone(record.id, writing);
  }

  /** Forgets a sandbox whose container is gone. */
  async forget(id: string): Promise<void> {
    const wasSilent = this.isSilent(id);
    this.containers.delete(id);
    const record = this.records.get(id);
    const remembering = record === undefined ? undefined : this.beforeForgetting(record);
    const writing = this.records.delete(id);
    this.changes.emit('sandbox', id);
    if (wasSilent) this.changes.emit('spoken', id);
    await Promise.all([remembering, this.tellIfUndone(id, writing)]);
  }

  /** A change that the disk refuses is undone, after who watches was told of it. */
  private async tellIfUndone(id: string, writing: Promise<void>): Promise<void> {
    try {
      await writing;
    } catch (error) {
      this.changes.emit('sandbox', id);
      throw error;
    }
  }

  /** Whether an operation of ours holds the container now, so that what the engine tells of it is our own doing. */
  isHeld(id: string): boolean {
    return this.locks.get(id)?.isLocked() ?? false;
  }

  /**
   * Runs work on a container alone: pause, resume, capture and removal of one sandbox never overlap, because the
   * engine would undo one with the other (a commit unpauses what a user paused).
   */
  async exclusively<T>(id: string, work: () => Promise<T>): Promise<T> {
    const lock = this.locks.get(id) ?? new Mutex();
    this.locks.set(id, lock);
    try {
      return await lock.runExclusive(work);
    } finally {
      if (!lock.isLocked()) this.locks.delete(id);
    }
  }
}
