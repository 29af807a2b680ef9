import { useEffect } from 'react';
import { create } from 'zustand';

/** Ids of the sandboxes or snapshots that the screen's actions would work on now. */
export const useCurrentSelection = create<{ readonly ids: readonly string[] }>(() => ({ ids: [] }));

/** Tells what is selected here to whatever acts on it from elsewhere; nothing is when the screen is left. */
export function usePublishedSelection(ids: readonly string[]): void {
  const key = ids.join(' ');
  useEffect(() => {
    useCurrentSelection.setState({ ids: key === '' ? [] : key.split(' ') });
    return () => useCurrentSelection.setState({ ids: [] });
  }, [key]);
}
