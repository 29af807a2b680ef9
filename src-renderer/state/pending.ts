import { create } from 'zustand';

/** What was asked for and is not answered yet, by entity id: the mark on the row within 100 ms of the click. */
export const usePending = create<{ readonly byId: Readonly<Record<string, string>> }>(() => ({ byId: {} }));

/** The word for what is under way with this entity, such as `Pausing`. */
export function usePendingWord(id: string): string | undefined {
  return usePending((state) => state.byId[id]);
}

/** Marks the entity for as long as the work takes. */
export async function whilePending<T>(id: string, word: string, work: () => Promise<T>): Promise<T> {
  usePending.setState(({ byId }) => ({ byId: { ...byId, [id]: word } }));
  try {
    return await work();
  } finally {
    usePending.setState(({ byId }) => ({
      byId: Object.fromEntries(Object.entries(byId).filter(([key]) => key !== id)),
    }));
  }
}
