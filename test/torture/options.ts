import type { KillRounds } from './kill-rounds';

/** What the environment says of a long run; without it a new seed and time enough. */
export function tortureOptions({ minutes = 45 } = {}): Required<KillRounds> {
  const environment = (name: string, otherwise: number): number =>
    Number(process.env[`OPENSANDBOX_TORTURE_${name}`] ?? otherwise);
  return {
    seed: environment('SEED', Date.now() % 1_000_000),
    rounds: environment('ROUNDS', 200),
    longestMs: environment('MINUTES', minutes) * 60_000,
    report: (line) => process.stdout.write(`${line}\n`),
  };
}
