/** Pauses before each further try. */
const RETRY_MS = [300, 1_000, 2_000] as const;

/** Loads a part of the program; a connection that dies because a network interface changes is worth further tries. */
export async function importAgain<T>(load: () => Promise<T>): Promise<T> {
  for (const pauseMs of RETRY_MS) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
  return load();
}
