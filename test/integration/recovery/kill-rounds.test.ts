import { expect, it } from 'vitest';
import { killRounds } from '../../torture/kill-rounds';

const ROUNDS = 4;
const SEED = 4;
const LONGEST_MS = 4 * 60_000;

/** The short form of `npm run torture`. */
it(
  'keeps what it acknowledged, and nothing else, through kills at random moments',
  async () => {
    const { broken } = await killRounds({ seed: SEED, rounds: ROUNDS, longestMs: LONGEST_MS });
    expect(broken).toEqual([]);
  },
  2 * LONGEST_MS,
);
