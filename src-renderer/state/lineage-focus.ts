import { create } from 'zustand';

interface LineageFocus {
  /** The one selection of canvas, outline and detail. */
  readonly selected: string | undefined;
  /** The selected node with all that it came from and that came from it; undefined when nothing is selected. */
  readonly path: ReadonlySet<string> | undefined;
  /** What the search found. */
  readonly matches: ReadonlySet<string>;
}

/** Beside the tree, so that a new selection draws the nodes in view and nothing else. */
export const useLineageFocus = create<LineageFocus>(() => ({
  selected: undefined,
  path: undefined,
  matches: new Set<string>(),
}));
