import { decodeTime } from 'ulid';
import type { LineageNode } from '../http/schemas/lineage';
import { shortId } from '../ids';
import type {
  GhostRecord,
  SandboxGhost,
  SandboxRecord,
  SnapshotGhost,
  SnapshotRecord,
} from '../store/records';
import { lineOf, wasCaptured, type Placed } from './snapshot-lines';

export interface LineageRecords {
  snapshots: readonly SnapshotRecord[];
  ghosts: readonly GhostRecord[];
}

/** A snapshot of which nothing is left but that others name it. */
interface InferredSnapshot extends Placed {
  sandboxName?: string | undefined;
}

/** Every snapshot that is, was, or must have been, with its place in the line of its sandbox. */
export class LineagePlaces {
  private readonly living = new Map<string, SnapshotRecord>();
  private readonly ghosts = new Map<string, SnapshotGhost>();
  private readonly inferred = new Map<string, InferredSnapshot>();
  /** Oldest first. */
  private readonly lines = new Map<string, Placed[]>();
  private readonly before = new Map<string, Placed>();

  constructor(
    private readonly records: LineageRecords,
    private readonly sandboxes: readonly { record: SandboxRecord }[],
  ) {
    for (const record of records.snapshots) this.living.set(record.id, record);
    for (const ghost of records.ghosts) {
      if (ghost.kind === 'snapshot' && !this.living.has(ghost.id)) this.ghosts.set(ghost.id, ghost);
    }
    this.infer();
    for (const placed of [...this.all()].sort(byCreation)) this.append(placed);
  }

  *all(): Generator<Placed> {
    yield* this.living.values();
    yield* this.ghosts.values();
    yield* this.inferred.values();
  }

  /** The snapshot that this one continues: what its record says, else the one before it in its line. */
  previousOf(placed: Placed): string | undefined {
    const seen = new Set<string>();
    let previous = placed.previousSnapshotId ?? this.before.get(placed.id)?.id;
    while (previous !== undefined && !seen.has(previous)) {
      const found = this.get(previous);
      if (found === undefined || wasCaptured(found)) return previous;
      seen.add(previous);
      previous = found.previousSnapshotId ?? this.before.get(previous)?.id;
    }
    return undefined;
  }

  /** The newest living snapshot on any of these lines: what was deleted is nothing to stand on. */
  newestOf(lines: readonly string[]): string | undefined {
    const isThere = (placed: Placed): boolean => this.living.has(placed.id) && wasCaptured(placed);
    const last = lines.flatMap((line) => this.lines.get(line)?.findLast(isThere) ?? []);
    return last.sort(byCreation).at(-1)?.id;
  }

  node(placed: Placed): LineageNode {
    const record = this.living.get(placed.id);
    const known = record ?? this.ghosts.get(placed.id) ?? this.inferred.get(placed.id);
    const ghost = this.ghosts.get(placed.id);
    return {
      id: placed.id,
      kind: 'snapshot',
      name: (record ?? ghost)?.name ?? shortId(placed.id),
      state: record?.state ?? 'Deleted',
      createdAt: placed.createdAt,
      ...sizesOf(record ?? ghost),
      ...(placed.sandboxId === '' ? {} : { sandboxId: placed.sandboxId }),
      ...(known?.sandboxName === undefined ? {} : { sandboxName: known.sandboxName }),
      ...(record === undefined ? { ghost: true } : { pinned: record.pinned }),
      ...(ghost?.deletedAt === undefined ? {} : { deletedAt: ghost.deletedAt }),
    };
  }

  /** Sandboxes that are gone while snapshots of them live; those of other servers are not ours to call gone. */
  goneSandboxes(): SandboxGhost[] {
    const present = new Set(this.sandboxes.map(({ record }) => record.id));
    const remembered = new Map<string, SandboxGhost>();
    for (const ghost of this.records.ghosts) if (ghost.kind === 'sandbox') remembered.set(ghost.id, ghost);
    const gone = new Map<string, SandboxGhost>();
    const newestFirst = [...this.living.values()].sort(byCreation).reverse();
    for (const newest of newestFirst) {
      const { sandboxId: id, origin } = newest;
      if (origin !== 'local' || present.has(id) || gone.has(id)) continue;
      gone.set(id, remembered.get(id) ?? inferredSandbox(newest));
    }
    return [...gone.values()];
  }

  private get(id: string): Placed | undefined {
    return this.living.get(id) ?? this.ghosts.get(id) ?? this.inferred.get(id);
  }

  private append(placed: Placed): void {
    if (placed.sandboxId === '') return;
    const key = lineOf(placed);
    const line = this.lines.get(key);
    const last = line?.at(-1);
    if (last !== undefined) this.before.set(placed.id, last);
    if (line === undefined) this.lines.set(key, [placed]);
    else line.push(placed);
  }

  /** Whoever continued a snapshot tells most of it, whoever was started from it less. */
  private infer(): void {
    const known = [...this.living.values(), ...this.ghosts.values()];
    for (const { previousSnapshotId: id, ...rest } of known) {
      if (id === undefined) continue;
      const { sandboxId, sandboxName, parentSnapshotId, containerId, baseImage, createdAt } = rest;
      this.add({
        ...blank(id, createdAt),
        sandboxId,
        sandboxName,
        ...given({ parentSnapshotId, containerId, baseImage }),
      });
    }
    for (const { parentSnapshotId: id, baseImage, createdAt } of known) {
      if (id !== undefined) this.add({ ...blank(id, createdAt), ...given({ baseImage }) });
    }
    for (const { record } of this.sandboxes) {
      if (record.source.kind === 'snapshot') this.add(blank(record.source.snapshotId, record.createdAt));
    }
  }

  private add(inferred: InferredSnapshot): void {
    if (this.get(inferred.id) === undefined) this.inferred.set(inferred.id, inferred);
  }
}

/** Ids of ours tell when they were made; of others it is known only that it was before what came from them. */
function timeOf(id: string, unknown: string): string {
  try {
    return new Date(decodeTime(id.slice(id.indexOf('_') + 1).toUpperCase())).toISOString();
  } catch {
    return unknown;
  }
}

function blank(id: string, before: string): InferredSnapshot {
  return { id, sandboxId: '', createdAt: timeOf(id, before) };
}

/** As far as its newest snapshot tells. */
function inferredSandbox(newest: SnapshotRecord): SandboxGhost {
  const { sandboxId: id, engineId, sandboxName, containerId, parentSnapshotId, baseImage } = newest;
  return {
    kind: 'sandbox',
    id,
    engineId,
    name: sandboxName ?? shortId(id),
    createdAt: timeOf(id, newest.createdAt),
    source:
      parentSnapshotId === undefined
        ? { kind: 'image', uri: baseImage ?? 'unknown' }
        : { kind: 'snapshot', snapshotId: parentSnapshotId },
    ...given({ containerId }),
  };
}

function sizesOf(
  record: SnapshotRecord | SnapshotGhost | undefined,
): Pick<LineageNode, 'sizeBytes' | 'ownSizeBytes'> {
  return given({ sizeBytes: record?.sizeBytes, ownSizeBytes: record?.ownSizeBytes });
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function given<T extends object>(values: T): Given<T> {
  // Only keys whose value is undefined are taken out.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}

function byCreation(a: Placed, b: Placed): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}
