import { expect, it } from 'vitest';
import { tortureOptions } from './options';
import { damageRounds } from './store-rounds';

const ROUNDS = 10_000;
const { seed, longestMs } = tortureOptions();

it(`opens a store damaged in ${ROUNDS} ways, seed ${seed}`, async () => {
  expect(await damageRounds({ seed, rounds: ROUNDS, longestMs })).toBeGreaterThan(0);
});
