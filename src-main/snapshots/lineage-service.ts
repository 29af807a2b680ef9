import type { Lineage, LineageChanges } from '../http/schemas/lineage';
import type { SandboxRegistry } from '../sandboxes/sandbox-registry';
import type { OrderedCollection } from '../store/ordered-collection';
import type { SnapshotRecord } from '../store/records';
import type { Ghosts } from './ghosts';
import { buildLineage } from './lineage';
import { LineageRevisions } from './lineage-revisions';

/** The lineage as the records tell it now; it asks nobody. */
export class LineageService {
  private readonly revisions = new LineageRevisions();

  constructor(
    private readonly snapshots: OrderedCollection<SnapshotRecord>,
    private readonly sandboxes: SandboxRegistry,
    private readonly ghosts: Ghosts,
  ) {}

  /** @param engineId whose deleted ones are shown (Docker API `GET /info`, `ID`); those of all without one */
  read(engineId: string | undefined): Lineage {
    const { records } = this.sandboxes;
    return buildLineage({
      snapshots: this.snapshots.inCreationOrder(),
      sandboxes: records
        .inCreationOrder()
        .map((record) => ({ record, state: this.sandboxes.status(record).state })),
      ghosts: this.ghosts.of(engineId),
    });
  }

  /**
   * What is different from an earlier answer, as far as that is still known.
   * @param since `revision` of that answer
   */
  changes(engineId: string | undefined, since: string | undefined): LineageChanges {
    return this.revisions.read(this.read(engineId), since);
  }
}
