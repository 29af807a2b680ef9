import { expect, it } from 'vitest';
import { damageRounds } from '../../torture/store-rounds';

const SEED = 20_261_124;
const ROUNDS = 300;
const LONGEST_MS = 5 * 60_000;

/** The short form of `npm run torture`. */
it(
  'starts from any damage, invents nothing, loses nothing silently, and is sound afterwards',
  async () => {
    expect(await damageRounds({ seed: SEED, rounds: ROUNDS, longestMs: LONGEST_MS })).toBe(ROUNDS);
  },
  LONGEST_MS,
);
