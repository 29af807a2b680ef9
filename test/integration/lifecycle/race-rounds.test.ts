import { expect, it } from 'vitest';
import { raceRounds } from '../../torture/race-rounds';

const ROUNDS = 8;
const SEED = 2;
const LONGEST_MS = 4 * 60_000;

/** The short form of `npm run torture`. */
it(
  'gives requests that race over one sandbox an outcome that some order of them would give',
  async () => {
    const { broken } = await raceRounds({ seed: SEED, rounds: ROUNDS, longestMs: LONGEST_MS });
    expect(broken).toEqual([]);
  },
  2 * LONGEST_MS,
);
