import { expect, it } from 'vitest';
import { killRounds } from './kill-rounds';
import { tortureOptions } from './options';

const options = tortureOptions();

it(`keeps every promise through ${options.rounds} kills, seed ${options.seed}`, async () => {
  const { rounds, broken } = await killRounds(options);
  expect(rounds).toBeGreaterThan(0);
  expect(broken).toEqual([]);
});
