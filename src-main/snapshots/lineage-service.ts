import type { Lineage } from '../http/schemas/lineage';
import type { SandboxRegistry } from '../sandboxes/sandbox-registry';
import type { OrderedCollection } from '../store/ordered-collection';
import type { SnapshotRecord } from '../store/records';
import type { Ghosts } from './ghosts';
import { buildLineage } from './lineage';

/** The lineage as the records tell it now; it asks nobody. */
export class LineageService {
  constructor(
    private readonly snapshots: OrderedCollection<SnapshotRecord>,
    private readonly sandboxes: SandboxRegistry,
    private readonly ghosts: Ghosts,
  ) {}

  /** Of what is on one engine (Docker API `GET /info`, `ID`). */
  read(engineId: string): Lineage {
    const { records } = this.sandboxes;
    return buildLineage({
      snapshots: this.snapshots.inCreationOrder(),
      sandboxes: records
        .inCreationOrder()
        .map((record) => ({ record, state: this.sandboxes.status(record).state })),
      ghosts: this.ghosts.of(engineId),
    });
  }
}
