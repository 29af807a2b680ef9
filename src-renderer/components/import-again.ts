const RETRY_MS = 300;

/** Loads a part of the program; a connection that dies because a network interface changes is worth a second try. */
export async function importAgain<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch {
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    return load();
  }
}
