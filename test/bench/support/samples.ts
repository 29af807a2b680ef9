/** Two ways to do the same work, measured in turns so that a busy machine slows both alike. */
export interface Pair {
  product: number[];
  bare: number[];
}

/** Nearest-rank percentile; NaN without values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Milliseconds that the work took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/**
 * Runs both ways `rounds` times after `warmups` uncounted rounds; who goes first changes from round to round.
 * @param product answers its own milliseconds, so that preparing and cleaning up stay outside.
 */
export async function inTurns(
  { rounds, warmups }: { rounds: number; warmups: number },
  product: (round: number) => Promise<number>,
  bare: (round: number) => Promise<number>,
): Promise<Pair> {
  const pair: Pair = { product: [], bare: [] };
  for (let round = -warmups; round < rounds; round++) {
    const ways = [
      { run: product, into: pair.product },
      { run: bare, into: pair.bare },
    ];
    if (round % 2 !== 0) ways.reverse();
    for (const { run, into } of ways) {
      const millis = await run(round);
      if (round >= 0) into.push(millis);
    }
  }
  return pair;
}
