import { randomUUID } from 'node:crypto';
import type { Lineage, LineageChanges, LineageEdge, LineageNode } from '../http/schemas/lineage';

/** Removals that are remembered; whoever read the lineage before that gets it whole. */
const REMEMBERED_REMOVALS = 2_000;
/** Some MiB at 10,000 nodes, held while somebody looks at the lineage. */
const KEPT_MS = 5 * 60_000;

interface Item {
  node: LineageNode;
  edge: LineageEdge | undefined;
  changedIn: number;
}

/**
 * What changed in the lineage between two readings, so that a change of one among thousands is told in some hundred
 * bytes. A revision counts up with each reading that found a change, and is unknown to the next start of the server.
 */
export class LineageRevisions {
  private readonly run = randomUUID();
  private current = 0;
  /** The oldest revision from which all removals are known. */
  private complete = 0;
  private items = new Map<string, Item>();
  private readonly removedIn = new Map<string, number>();
  private forgetting: NodeJS.Timeout | undefined;

  /**
   * Takes the lineage as it is now, and tells what differs from the revision that was named.
   * @param since a revision of an earlier answer; with an unknown one, or none, the answer is the whole lineage
   */
  read(lineage: Lineage, since: string | undefined): LineageChanges {
    this.note(lineage);
    this.forgetLater();
    const known = this.numberOf(since);
    const from = known ?? -1;
    const changed = lineage.nodes.flatMap((node, at) => {
      const item = this.items.get(node.id);
      if (item === undefined || item.changedIn <= from) return [];
      return [item.edge === undefined ? { at, node } : { at, node, edge: item.edge }];
    });
    const removed = [...this.removedIn].filter(([, number]) => number > from).map(([id]) => id);
    return {
      revision: `${this.run}.${String(this.current)}`,
      whole: known === undefined,
      changed,
      removed: known === undefined ? [] : removed,
    };
  }

  private note({ nodes, edges }: Lineage): void {
    const edgeTo = new Map(edges.map((edge) => [edge.to, edge]));
    const next = new Map<string, Item>();
    let hasChanged = false;
    for (const node of nodes) {
      const edge = edgeTo.get(node.id);
      const old = this.items.get(node.id);
      const isSame = old !== undefined && sameFacts(old.node, node) && sameFacts(old.edge, edge);
      next.set(node.id, isSame ? old : { node, edge, changedIn: this.current + 1 });
      hasChanged ||= !isSame;
      this.removedIn.delete(node.id);
    }
    for (const id of this.items.keys()) {
      if (next.has(id)) continue;
      this.removedIn.set(id, this.current + 1);
      hasChanged = true;
    }
    if (!hasChanged) return;
    this.items = next;
    this.current += 1;
    this.dropOldRemovals();
  }

  private dropOldRemovals(): void {
    for (const [id, number] of this.removedIn) {
      if (this.removedIn.size <= REMEMBERED_REMOVALS) return;
      this.removedIn.delete(id);
      this.complete = number;
    }
  }

  private numberOf(revision: string | undefined): number | undefined {
    const [run, number] = revision?.split('.') ?? [];
    const found = Number(number);
    const isKnown =
      run === this.run && Number.isInteger(found) && found >= this.complete && found <= this.current;
    return isKnown ? found : undefined;
  }

  private forgetLater(): void {
    clearTimeout(this.forgetting);
    this.forgetting = setTimeout(() => {
      this.items.clear();
      this.removedIn.clear();
      this.current += 1;
      this.complete = this.current;
    }, KEPT_MS).unref();
  }
}

/** Of flat objects. */
function sameFacts<T extends object>(one: T | undefined, other: T | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const keys = Object.keys(one) as (keyof T)[];
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}
