/** What a client may rely on: only what the server has acknowledged, and what may be true of work that was cut off. */
export interface SandboxEntry {
  id: string;
  /** What its file may hold; more than one while a write or a roll back was cut off. */
  contents: string[];
  /** `maybe`: a delete was asked for and not answered. */
  exists: 'yes' | 'maybe' | 'no';
}

export interface SnapshotEntry {
  id: string;
  /** What its file may hold; undefined for one that nobody has told the content of. */
  contents: string[] | undefined;
  exists: 'yes' | 'maybe' | 'no';
  /** It was seen Ready, so that nothing but a delete may end that. */
  ready: boolean;
}

/** Everything the workload was told, over all rounds. */
export class Ledger {
  readonly sandboxes = new Map<string, SandboxEntry>();
  readonly snapshots = new Map<string, SnapshotEntry>();
  /** Sandboxes that one operation works on: their next one waits, so that each content is known. */
  readonly busy = new Set<string>();
  private marks = 0;

  addSandbox(id: string, contents: readonly string[]): SandboxEntry {
    const entry: SandboxEntry = { id, contents: [...contents], exists: 'yes' };
    this.sandboxes.set(id, entry);
    return entry;
  }

  addSnapshot(id: string, contents: readonly string[] | undefined): SnapshotEntry {
    const entry: SnapshotEntry = {
      id,
      contents: contents === undefined ? undefined : [...contents],
      exists: 'yes',
      ready: false,
    };
    this.snapshots.set(id, entry);
    return entry;
  }

  /** A content that no file ever had. */
  freshMark(): string {
    this.marks += 1;
    return `mark-${this.marks}`;
  }

  livingSandboxes(): SandboxEntry[] {
    return [...this.sandboxes.values()].filter(({ id, exists }) => exists === 'yes' && !this.busy.has(id));
  }

  readySnapshots(): SnapshotEntry[] {
    return [...this.snapshots.values()].filter(
      ({ id, exists, ready }) => exists === 'yes' && ready && !this.busy.has(id),
    );
  }
}
