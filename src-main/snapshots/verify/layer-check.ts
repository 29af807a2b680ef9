import type { ContainerChange } from '../../engine/filesystem-facts';
import type { FileKind, LayerIndex } from '../diff/file-facts';
import { nodeAt, type TreeNode } from '../diff/filesystem-tree';
import { relativePath } from '../diff/layer-indexing';

/** Whether a snapshot holds one change of its source. */
export type Holds = (change: ContainerChange) => boolean;

/** The changes that are not held, in their order. */
export function changesNotHeld(changes: readonly ContainerChange[], holds: Holds): ContainerChange[] {
  return changes.filter((change) => !holds(change));
}

/** Judges by the layer that a capture added (OCI image-spec, layer.md). */
export function heldByLayer({ entries, removed, opaque }: LayerIndex): Holds {
  const kinds = new Map<string, FileKind>(entries.map((entry) => [entry.path, entry.kind]));
  const hidden = new Set([...removed, ...opaque]);
  const touched = new Set([...kinds.keys(), ...removed].flatMap(foldersOf));
  const hides = (path: string) => {
    const kind = kinds.get(path);
    return hidden.has(path) || (kind !== undefined && kind !== 'directory');
  };
  return ({ path, kind }) => {
    const relative = relativePath(path);
    switch (kind) {
      case 'deleted':
        return [relative, ...foldersOf(relative)].some(hides);
      case 'added':
        return kinds.has(relative);
      case 'modified':
        // Engines call a folder modified for what happened in it; not all of their layers then name the folder too.
        return kinds.has(relative) || touched.has(relative);
    }
  };
}

/** Judges by all files: a flattened image has no layer of the capture's own. */
export function heldByTree(tree: TreeNode): Holds {
  return ({ path, kind }) => {
    const node = nodeAt(tree, relativePath(path));
    // What the engine calls deleted may be a folder that was made again.
    return kind === 'deleted' ? node === undefined || node.facts.kind === 'directory' : node !== undefined;
  };
}

/** `a/b/c` lies in `a/b` and `a`. */
function foldersOf(path: string): string[] {
  const folders: string[] = [];
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
    folders.push(path.slice(0, at));
  return folders;
}
