import type { LineageTree, OutlineRow } from './lineage-tree';

const PAGE_ROWS = 10;

/** What a key does in the outline (WAI-ARIA tree pattern): where to go, or whether to open or close the line. */
export interface OutlineMove {
  to?: string;
  toggle?: boolean;
}

/** Undefined when the key means nothing here. */
export function outlineMove(
  rows: readonly OutlineRow[],
  tree: LineageTree,
  at: { id: string; key: string },
): OutlineMove | undefined {
  const index = rows.findIndex((row) => row.id === at.id);
  const row = rows[index];
  if (row === undefined) return undefined;
  switch (at.key) {
    case 'ArrowRight':
      if (row.expanded === undefined) return {};
      return row.expanded ? goTo(rows[index + 1]?.id) : { toggle: true };
    case 'ArrowLeft':
      return row.expanded === true ? { toggle: false } : goTo(tree.byId.get(at.id)?.parentId);
    case 'Enter':
    case ' ':
      return { to: at.id };
    default: {
      const step = STEPS[at.key];
      if (step === undefined) return undefined;
      return goTo(rows[Math.min(rows.length - 1, Math.max(0, index + step))]?.id);
    }
  }
}

const STEPS: Partial<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: PAGE_ROWS,
  PageUp: -PAGE_ROWS,
  Home: -Infinity,
  End: Infinity,
};

function goTo(id: string | undefined): OutlineMove {
  return id === undefined ? {} : { to: id };
}
