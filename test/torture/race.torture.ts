import { expect, it } from 'vitest';
import { tortureOptions } from './options';
import { raceRounds } from './race-rounds';

const ROUNDS = 1_000;
const options = { ...tortureOptions(), rounds: ROUNDS };

it(`ends ${ROUNDS} races over one sandbox legally, seed ${options.seed}`, async () => {
  const { rounds, granted, broken } = await raceRounds(options);
  options.report(`${rounds} rounds; granted: ${JSON.stringify(granted)}`);
  expect(broken).toEqual([]);
});
