import type { TestServer } from '../support/server-api';
import type { SandboxAnswer, SnapshotAnswer } from '../support/test-backend';
import { taskEnd } from '../support/tasks';
import { waitFor } from '../support/wait-for';
import type { Task } from '../../src-main/http/schemas/desktop';
import type { KillRounds } from './kill-rounds';
import { Ledger } from './ledger';
import { seededRandom, type Random } from './random';
import { onOwnEngine } from './torture-server';
import { judge } from './verdict';

/** So many things are asked of one sandbox at the same time. */
const AT_ONCE = 5;
const LIFE_S = 3_600;
const SOON_MS = 60;
const LATER_MS = 60 * 60_000;
const REST = new Set(['Running', 'Paused']);

/** What one request of a race came to. */
interface Outcome {
  name: string;
  status: number;
  body: unknown;
}

type Operation = (server: TestServer, id: string, goal: string) => Promise<Outcome>;

const OPERATIONS: Record<string, { ask: Operation; legal: readonly number[] }> = {
  'renew for long': { ask: (server, id) => renew(server, id, LATER_MS), legal: [200, 404, 409] },
  'renew for a moment': { ask: (server, id) => renew(server, id, SOON_MS), legal: [200, 400, 404, 409] },
  pause: { ask: (server, id) => post(server, `/v1/sandboxes/${id}/pause`), legal: [202, 404, 409] },
  resume: { ask: (server, id) => post(server, `/v1/sandboxes/${id}/resume`), legal: [202, 404, 409] },
  snapshot: {
    ask: (server, id) => post(server, `/v1/sandboxes/${id}/snapshots`, {}),
    legal: [202, 404, 409],
  },
  'roll back': {
    ask: (server, id, snapshotId) =>
      post(server, `/v1/desktop/sandboxes/${id}/rollback`, { snapshotId, safetySnapshot: false }),
    legal: [202, 404, 409],
  },
  delete: {
    ask: async (server, id) => named('delete', await server.call('DELETE', `/v1/sandboxes/${id}`)),
    legal: [204, 404, 409],
  },
};

/**
 * Fires what can be asked of one sandbox at the same time, and judges after each round whether the outcome is one that
 * some order of the requests would give.
 * @returns rounds that were run, how often each request was granted, and every broken promise
 */
export async function raceRounds(
  options: KillRounds,
): Promise<{ rounds: number; granted: Record<string, number>; broken: string[] }> {
  const random = seededRandom(options.seed);
  return onOwnEngine(async (server) => {
    const ledger = new Ledger();
    const granted: Record<string, number> = {};
    const broken: string[] = [];
    const begun = performance.now();
    let rounds = 0;
    const first = await server.createSandbox({ timeout: LIFE_S });
    const goal = (await server.settled((await server.acceptSnapshot(first.id)).id)).id;
    ledger.addSandbox(first.id, ['']);
    ledger.addSnapshot(goal, ['']).ready = true;
    while (rounds < options.rounds && performance.now() - begun < options.longestMs) {
      rounds += 1;
      const found = await race(server, { ledger, random, goal, granted });
      broken.push(...found.map((sentence) => `round ${rounds} of seed ${options.seed}: ${sentence}`));
      options.report?.(`round ${rounds}: ${found.length === 0 ? 'holds' : found.join('; ')}`);
    }
    return { rounds, granted, broken };
  });
}

interface Race {
  ledger: Ledger;
  random: Random;
  goal: string;
  granted: Record<string, number>;
}

async function race(server: TestServer, { ledger, random, goal, granted }: Race): Promise<string[]> {
  const id =
    ledger.livingSandboxes()[0]?.id ??
    ledger.addSandbox((await server.createSandbox({ timeout: LIFE_S })).id, ['']).id;
  const names = Array.from({ length: AT_ONCE }, () => random.pick(Object.keys(OPERATIONS)) ?? '');
  const broken: string[] = [];
  const outcomes = await Promise.all(
    names.map(async (name) => {
      const operation = OPERATIONS[name];
      const outcome =
        operation === undefined ? undefined : { ...(await operation.ask(server, id, goal)), name };
      if (outcome !== undefined && operation?.legal.includes(outcome.status) === false)
        broken.push(`${name} answered ${outcome.status}: ${JSON.stringify(outcome.body)}`);
      return outcome;
    }),
  );
  const yes = outcomes.filter((each) => each !== undefined && each.status < 300);
  for (const each of yes) if (each !== undefined) granted[each.name] = (granted[each.name] ?? 0) + 1;
  const had = (name: string): boolean => yes.some((each) => each?.name === name);
  for (const each of yes) {
    if (each?.name === 'roll back') await taskEnd(server, (each.body as Task).id);
    if (each?.name === 'snapshot') ledger.addSnapshot((each.body as SnapshotAnswer).id, ['']);
  }
  const entry = ledger.sandboxes.get(id);
  // An expiry may have come before the renew that would have moved it, or be still to come.
  if (entry !== undefined && had('renew for a moment')) entry.exists = 'maybe';
  if (entry !== undefined && had('delete')) entry.exists = 'no';
  await atRest(server, id);
  return [...broken, ...(await judge(server, ledger)), ...(await cleared(server, ledger, goal))];
}

/** Gives the sandbox a long life again and lets it run, if it is there. */
async function atRest(server: TestServer, id: string): Promise<void> {
  await waitFor(`sandbox ${id} to come to rest`, async () => {
    const { status, body } = await server.call<SandboxAnswer>('GET', `/v1/sandboxes/${id}`);
    if (status === 404) return true;
    if (!REST.has(body.status.state)) return undefined;
    await renew(server, id, LATER_MS);
    if (body.status.state === 'Running') return true;
    await post(server, `/v1/sandboxes/${id}/resume`);
    return undefined;
  });
}

/** Snapshots of a round go with it, so that a thousand rounds need no more room than one. */
async function cleared(server: TestServer, ledger: Ledger, goal: string): Promise<string[]> {
  const broken: string[] = [];
  for (const { id } of ledger.readySnapshots()) {
    if (id === goal) continue;
    const { status } = await server.call('DELETE', `/v1/snapshots/${id}`);
    if (status !== 204) broken.push(`deleting ${id} answered ${status}`);
    ledger.snapshots.delete(id);
  }
  return broken;
}

async function renew(server: TestServer, id: string, inMs: number): Promise<Outcome> {
  const expiresAt = new Date(Date.now() + inMs).toISOString();
  return post(server, `/v1/sandboxes/${id}/renew-expiration`, { expiresAt });
}

async function post(server: TestServer, path: string, body?: unknown): Promise<Outcome> {
  return named(path, await server.call('POST', path, body ?? {}));
}

function named(name: string, { status, body }: { status: number; body: unknown }): Outcome {
  return { name, status, body };
}
