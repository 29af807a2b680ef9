import { IMPLIED_DIRECTORY, type FileFacts, type LayerEntry, type LayerIndex } from './file-facts';

/** As the kernel has it (path_resolution(7)). */
const MAX_SYMLINKS = 40;

/** A path with everything below it. Nodes never change, so trees of related filesystems share most of them. */
export interface TreeNode {
  readonly facts: FileFacts;
  readonly children: ReadonlyMap<string, TreeNode>;
}

interface GrowingNode {
  facts: FileFacts;
  children: Map<string, TreeNode>;
}

export const EMPTY_TREE: TreeNode = { facts: IMPLIED_DIRECTORY, children: new Map() };

/**
 * The filesystem after one more layer, sharing with `below` whatever the layer does not touch. What a layer removes
 * and hides concerns lower layers only, in whatever order its entries come (OCI image-spec, layer.md).
 */
export function applyLayer(below: TreeNode, layer: LayerIndex): TreeNode {
  const growth = new Growth(below);
  for (const path of layer.removed) growth.remove(path);
  for (const path of layer.opaque) growth.clear(path);
  for (const entry of layer.entries) growth.put(entry);
  return growth.root;
}

/** The node at a path such as `etc/passwd` (`''` is the root); symlinks on the way are not followed. */
export function nodeAt(root: TreeNode, path: string): TreeNode | undefined {
  let node: TreeNode | undefined = root;
  for (const name of segments(path)) node = node?.children.get(name);
  return node;
}

/** The node at a path through whatever symlinks, which end inside the tree; undefined for a loop too. */
export function followedNodeAt(root: TreeNode, path: string): { path: string; node: TreeNode } | undefined {
  const waiting = segments(path);
  let walked: { name: string; node: TreeNode }[] = [];
  let followed = 0;
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      walked.pop();
      continue;
    }
    const node = (walked.at(-1)?.node ?? root).children.get(name);
    if (node === undefined) return undefined;
    if (node.facts.kind !== 'symlink') {
      walked.push({ name, node });
      continue;
    }
    followed += 1;
    if (followed > MAX_SYMLINKS) return undefined;
    const target = node.facts.content;
    if (target.startsWith('/')) walked = [];
    waiting.unshift(...target.split('/'));
  }
  return { path: walked.map((each) => each.name).join('/'), node: walked.at(-1)?.node ?? root };
}

/** Copies nodes on their first change; those that it made itself it changes in place. */
class Growth {
  private readonly own = new Set<TreeNode>();
  readonly root: GrowingNode;

  constructor(below: TreeNode) {
    this.root = this.copy(below);
  }

  remove(path: string): void {
    const { parents, name } = split(path);
    if (name === undefined || nodeAt(this.root, path) === undefined) return;
    this.directory(parents).children.delete(name);
  }

  clear(path: string): void {
    if (nodeAt(this.root, path) === undefined) return;
    this.directory(segments(path)).children.clear();
  }

  put(entry: LayerEntry): void {
    const { parents, name } = split(entry.path);
    const facts = this.factsOf(entry);
    if (name === undefined) {
      this.root.facts = facts;
      return;
    }
    const parent = this.directory(parents);
    const existing = parent.children.get(name);
    const merges = facts.kind === 'directory' && existing?.facts.kind === 'directory';
    const node = merges ? this.copy(existing) : this.copy(EMPTY_TREE);
    node.facts = facts;
    parent.children.set(name, node);
  }

  private factsOf(entry: LayerEntry): FileFacts {
    // Archives name the file before its other names; the file itself may lie in a lower layer.
    return (entry.hardLinkTo === undefined ? undefined : nodeAt(this.root, entry.hardLinkTo)?.facts) ?? entry;
  }

  /** The directory at that path, made where it is missing or something else. */
  private directory(path: readonly string[]): GrowingNode {
    let node = this.root;
    for (const name of path) {
      const found = node.children.get(name);
      const child = this.copy(found?.facts.kind === 'directory' ? found : EMPTY_TREE);
      node.children.set(name, child);
      node = child;
    }
    return node;
  }

  private copy(node: TreeNode): GrowingNode {
    // Whatever is in the set was made by the line below.
    if (this.own.has(node)) return node as GrowingNode;
    const made = { facts: node.facts, children: new Map(node.children) };
    this.own.add(made);
    return made;
  }
}

function segments(path: string): string[] {
  return path === '' ? [] : path.split('/');
}

function split(path: string): { parents: string[]; name: string | undefined } {
  const all = segments(path);
  const name = all.pop();
  return { parents: all, name };
}
