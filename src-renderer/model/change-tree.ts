import type { ChangedPath } from '../../src-main/http/schemas/compare';
import type { TreeLine } from './tree-line';

/** A changed path, or a folder that is only shown because something below it changed. */
export interface ChangeNode {
  path: string;
  name: string;
  level: number;
  item: ChangedPath | undefined;
  children: ChangeNode[];
}

/** One line of the tree as it is shown. */
export interface ChangeRow extends TreeLine {
  node: ChangeNode;
}

/** The changed paths as a tree, below folders that did not change themselves. */
export function changeTree(items: readonly ChangedPath[]): ChangeNode[] {
  const roots: ChangeNode[] = [];
  const byPath = new Map<string, ChangeNode>();
  const nodeAt = (path: string): ChangeNode => {
    const known = byPath.get(path);
    if (known !== undefined) return known;
    const slash = path.lastIndexOf('/');
    const parent = slash <= 0 ? undefined : nodeAt(path.slice(0, slash));
    const level = (parent?.level ?? 0) + 1;
    const node = { path, name: path.slice(slash + 1), level, item: undefined, children: [] };
    byPath.set(path, node);
    (parent?.children ?? roots).push(node);
    return node;
  };
  for (const item of items) nodeAt(item.path).item = item;
  return roots;
}

/** The lines to show: everything below `collapsed` folders is hidden; a filter shows what matches, with its folders. */
export function changeRows(
  roots: readonly ChangeNode[],
  { collapsed, filter }: { collapsed: ReadonlySet<string>; filter: string },
): ChangeRow[] {
  const matches = matcherOf(filter);
  const kept = matches === undefined ? undefined : new Set<ChangeNode>();
  if (matches !== undefined && kept !== undefined) for (const root of roots) keep(root, matches, kept);
  const rows: ChangeRow[] = [];
  const add = (nodes: readonly ChangeNode[]): void => {
    const shown = kept === undefined ? nodes : nodes.filter((node) => kept.has(node));
    shown.forEach((node, index) => {
      const isOpen = !collapsed.has(node.path);
      const expanded = node.children.length === 0 ? undefined : isOpen;
      const { path, name, level } = node;
      rows.push({ node, path, name, level, expanded, position: index + 1, siblings: shown.length });
      if (isOpen) add(node.children);
    });
  };
  add(roots);
  return rows;
}

const CHANGES = new Set(['added', 'removed', 'changed']);

/** Words that all have to be in the path; `added`, `removed` and `changed` choose by what happened. */
function matcherOf(filter: string): ((node: ChangeNode) => boolean) | undefined {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return undefined;
  return ({ path, item }) =>
    item !== undefined &&
    words.every((word) => (CHANGES.has(word) ? item.change === word : path.toLowerCase().includes(word)));
}

function keep(node: ChangeNode, matches: (node: ChangeNode) => boolean, kept: Set<ChangeNode>): boolean {
  let found = matches(node);
  for (const child of node.children) found = keep(child, matches, kept) || found;
  if (found) kept.add(node);
  return found;
}
