import { setTimeout as delay } from 'node:timers/promises';
import { Ledger } from './ledger';
import { seededRandom } from './random';
import { onOwnEngine } from './torture-server';
import { judge } from './verdict';
import { Workload } from './workload';

/** So many operations at most are answered before the last moments of a round begin. */
const MOST_ANSWERED = 12;
/** Within that time after the last answer the server is killed: long enough for each step of an operation. */
const LAST_MOMENTS_MS = 1_500;

export interface KillRounds {
  seed: number;
  rounds: number;
  /** No round begins after that; milliseconds of the wall clock. */
  longestMs: number;
  /** Told what a round found; for whoever waits. */
  report?: (line: string) => void;
}

/**
 * Kills a server with SIGKILL at random moments of a random workload, on an engine of its own, and judges it after
 * each restart. One seed gives the same operations and moments; how far each gets depends on the machine.
 * @returns rounds that were run, and every broken promise with its round
 */
export async function killRounds(options: KillRounds): Promise<{ rounds: number; broken: string[] }> {
  const random = seededRandom(options.seed);
  const begun = performance.now();
  const broken: string[] = [];
  return onOwnEngine(async (server) => {
    const ledger = new Ledger();
    let round = 0;
    while (round < options.rounds && performance.now() - begun < options.longestMs) {
      round += 1;
      const workload = new Workload(server, ledger, random);
      const lastMoments = random.below(LAST_MOMENTS_MS);
      const work = workload.run();
      await Promise.race([
        work,
        workload.answered(random.below(MOST_ANSWERED)).then(() => delay(lastMoments)),
      ]);
      workload.end();
      await server.process.end('SIGKILL');
      const refusals = await work;
      await server.start();
      const found = [...refusals, ...(await judge(server, ledger))];
      broken.push(...found.map((sentence) => `round ${round} of seed ${options.seed}: ${sentence}`));
      const done = [...workload.done].map(([what, count]) => `${count} ${what}`).join(', ');
      options.report?.(`round ${round}: ${found.length === 0 ? 'holds' : found.join('; ')} (${done})`);
    }
    return { rounds: round, broken };
  });
}
