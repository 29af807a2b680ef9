import type { Lineage, LineageEdge, LineageNode } from '../http/schemas/lineage';
import { sandboxDisplayName } from '../sandboxes/sandbox-views';
import type { SandboxGhost, SandboxRecord } from '../store/records';
import { LineagePlaces, type LineageRecords } from './lineage-places';
import { linesOf, type Placed } from './snapshot-lines';

/** A sandbox with the state that the API reports. */
export interface LineageSandbox {
  record: SandboxRecord;
  state: string;
}

export interface LineageInput extends LineageRecords {
  sandboxes: readonly LineageSandbox[];
}

/** How a node hangs on the one before it. */
type Link = Pick<LineageEdge, 'from' | 'kind'>;

/**
 * The forest of everything that ever was, as far as something living came from it (DESIGN.md, `GET lineage`).
 * Snapshots of one sandbox follow each other in time; a sandbox is a leaf on what it stands on. Takes records in any
 * order and with any reference broken; linear in their number but for sorting.
 */
export function buildLineage(input: LineageInput): Lineage {
  const places = new LineagePlaces(input, input.sandboxes);
  const links = new Map<string, Link>();
  for (const placed of places.all()) {
    const link = snapshotLink(placed, places);
    if (link !== undefined) links.set(placed.id, link);
  }
  cutCircles(links);
  for (const { record } of input.sandboxes) {
    links.set(record.id, { from: standsOn(record, places), kind: 'here' });
  }
  const kept = reachedFromLiving(input, links);
  const nodes: LineageNode[] = [];
  for (const { record, state } of input.sandboxes) nodes.push(sandboxNode(record, state));
  for (const placed of places.all()) if (kept.has(placed.id)) nodes.push(places.node(placed));
  for (const ghost of places.goneSandboxes()) {
    const from = nearestKept(standsOn(ghost, places), links, kept);
    if (from !== undefined) links.set(ghost.id, { from, kind: 'here' });
    nodes.push(goneSandboxNode(ghost));
  }
  return withImages(nodes, links);
}

const IMAGE_PREFIX = 'image:';

function imageId(name: string): string {
  return `${IMAGE_PREFIX}${name}`;
}

function snapshotLink(placed: Placed, places: LineagePlaces): Link | undefined {
  const previous = places.previousOf(placed);
  if (previous !== undefined) return { from: previous, kind: 'next' };
  if (placed.parentSnapshotId !== undefined) return { from: placed.parentSnapshotId, kind: 'branch' };
  return placed.baseImage === undefined ? undefined : { from: imageId(placed.baseImage), kind: 'branch' };
}

/** The newest snapshot since the sandbox was started or went back; before the first, what it was started from. */
function standsOn(
  sandbox: Pick<SandboxRecord, 'id' | 'containerId' | 'source'> | SandboxGhost,
  places: LineagePlaces,
): string {
  const newest = places.newestOf(linesOf(sandbox));
  if (newest !== undefined) return newest;
  const { source } = sandbox;
  return source.kind === 'snapshot' ? source.snapshotId : imageId(source.uri);
}

/** Labels that somebody edited may lead in a circle: where it closes, it is cut. */
function cutCircles(links: Map<string, Link>): void {
  const done = new Set<string>();
  for (const start of [...links.keys()]) {
    const path = new Set<string>();
    for (let at: string | undefined = start; at !== undefined && !done.has(at); at = links.get(at)?.from) {
      path.add(at);
      const next = links.get(at)?.from;
      if (next !== undefined && path.has(next)) links.delete(at);
    }
    for (const id of path) done.add(id);
  }
}

/** Living snapshots and sandboxes and all that they came from. */
function reachedFromLiving(input: LineageInput, links: ReadonlyMap<string, Link>): Set<string> {
  const kept = new Set<string>();
  const reach = (start: string): void => {
    for (let at: string | undefined = start; at !== undefined && !kept.has(at); at = links.get(at)?.from)
      kept.add(at);
  };
  for (const { id } of input.snapshots) reach(id);
  for (const { record } of input.sandboxes) reach(record.id);
  return kept;
}

/** Where something hangs that is itself no reason to show what it came from. */
function nearestKept(
  start: string,
  links: ReadonlyMap<string, Link>,
  kept: ReadonlySet<string>,
): string | undefined {
  for (let at: string | undefined = start; at !== undefined; at = links.get(at)?.from) {
    if (kept.has(at) || at.startsWith(IMAGE_PREFIX)) return at;
  }
  return undefined;
}

function sandboxNode(record: SandboxRecord, state: string): LineageNode {
  return {
    id: record.id,
    kind: 'sandbox',
    name: sandboxDisplayName(record),
    state,
    createdAt: record.createdAt,
  };
}

function goneSandboxNode({ id, name, createdAt, deletedAt }: SandboxGhost): LineageNode {
  const ghost = { id, kind: 'sandbox' as const, name, state: 'Deleted', createdAt, ghost: true };
  return deletedAt === undefined ? ghost : { ...ghost, deletedAt };
}

function withImages(things: LineageNode[], links: ReadonlyMap<string, Link>): Lineage {
  const byId = new Map(things.map((node) => [node.id, node]));
  const images = new Map<string, LineageNode>();
  const edges: LineageEdge[] = [];
  const nodes = things.sort(byCreation);
  for (const node of nodes) {
    const link = links.get(node.id);
    if (link === undefined) continue;
    if (!byId.has(link.from) && !images.has(link.from)) images.set(link.from, imageNode(link.from));
    edges.push(edgeTo(node, link, byId.get(link.from)));
  }
  const roots = [...images.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { nodes: [...roots, ...nodes], edges };
}

function imageNode(id: string): LineageNode {
  return { id, kind: 'image', name: id.slice(IMAGE_PREFIX.length), state: 'Base' };
}

function edgeTo(node: LineageNode, { from, kind }: Link, origin: LineageNode | undefined): LineageEdge {
  // A sandbox stands on a snapshot that was taken of it since that was taken.
  const times = [node.createdAt, kind === 'here' ? origin?.createdAt : undefined].filter(
    (at) => at !== undefined,
  );
  const createdAt = times.sort().at(-1);
  return {
    from,
    to: node.id,
    kind,
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(node.ownSizeBytes === undefined ? {} : { ownSizeBytes: node.ownSizeBytes }),
  };
}

function byCreation(a: LineageNode, b: LineageNode): number {
  const [at, bt] = [a.createdAt ?? '', b.createdAt ?? ''];
  if (at !== bt) return at < bt ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
