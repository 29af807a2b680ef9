import { useState } from 'react';

export type LineageView = 'map' | 'outline';

const STORAGE_KEY = 'lineage-view';
/** Above this a map is more to pan than to see. */
const OUTLINE_ABOVE = 500;

/** The view that was chosen last; until one was, the outline for many nodes and the map for few. */
export function useLineageView(nodes: number | undefined) {
  const [chosen, setChosen] = useState(readChoice);
  const usual: LineageView = (nodes ?? 0) > OUTLINE_ABOVE ? 'outline' : 'map';
  const choose = (view: LineageView): void => {
    setChosen(view);
    try {
      localStorage.setItem(STORAGE_KEY, view);
    } catch {
      // Storage may be denied: then the choice lasts as long as the screen.
    }
  };
  return { current: chosen ?? usual, choose };
}

function readChoice(): LineageView | undefined {
  try {
    const found = localStorage.getItem(STORAGE_KEY);
    return found === 'map' || found === 'outline' ? found : undefined;
  } catch {
    return undefined;
  }
}
