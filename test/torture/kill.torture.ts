import { expect, it } from 'vitest';
import { killRounds } from './kill-rounds';

const ROUNDS = Number(process.env.OPENSANDBOX_TORTURE_ROUNDS ?? 200);
const MINUTES = Number(process.env.OPENSANDBOX_TORTURE_MINUTES ?? 45);
const SEED = Number(process.env.OPENSANDBOX_TORTURE_SEED ?? Date.now() % 1_000_000);

it(`keeps every promise through ${ROUNDS} kills, seed ${SEED}`, async () => {
  const { rounds, broken } = await killRounds({
    seed: SEED,
    rounds: ROUNDS,
    longestMs: MINUTES * 60_000,
    report: (line) => process.stdout.write(`${line}\n`),
  });
  expect(rounds).toBeGreaterThan(0);
  expect(broken).toEqual([]);
});
