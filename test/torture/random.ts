/** A sequence of numbers that a seed repeats. Not for secrets. */
export interface Random {
  /** From 0 up to, but without, `limit`; an integer. */
  below(limit: number): number;
  /** One of them, or undefined when there is none. */
  pick<T>(values: readonly T[]): T | undefined;
}

/** Mulberry32: small, fast, and the same on every machine. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { below, pick: (values) => values[below(values.length)] };
}
