/** Runs all, a few at a time; afterwards throws the first failure, saying how many failed. */
export async function settleAll(jobs: readonly (() => Promise<void>)[], atOnce = 4): Promise<void> {
  const queue = [...jobs];
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      await job().catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const [first] = failures;
  if (failures.length === 0) return;
  const reason = first instanceof Error ? first.message : String(first);
  throw new Error(
    jobs.length === 1 ? reason : `${String(failures.length)} of ${String(jobs.length)} failed: ${reason}`,
  );
}
