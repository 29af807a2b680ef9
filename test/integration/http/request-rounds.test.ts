import { expect, it } from 'vitest';
import { requestRounds } from '../../torture/request-rounds';

const SEED = 1;
const REQUESTS = 3_000;
const LONGEST_MS = 4 * 60_000;

/** The short form of `npm run torture`. */
it(
  'answers requests made from its own API description without a fault, with and without the key',
  async () => {
    const { broken } = await requestRounds({ seed: SEED, requests: REQUESTS, longestMs: LONGEST_MS });
    expect(broken).toEqual([]);
  },
  2 * LONGEST_MS,
);
