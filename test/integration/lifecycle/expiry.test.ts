import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SandboxAnswer, TestBackend } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';
import { createNetworklessBackend } from './networkless';

/** The API's own bound: an expired sandbox is gone within this. Its removal from the engine takes part of it. */
/** Tells an expiry from none; how prompt it is shows only on an idle machine. */
const EXPIRY_BOUND_MS = 10_000;
const RACE_ROUNDS = 40;
const RACE_DEADLINE_MS = 4 * 60_000;
const MINUTE_MS = 60_000;

interface RenewAnswer {
  expiresAt: string;
  code: string;
}

let test: TestBackend;
beforeAll(async () => {
  test = await createNetworklessBackend();
});
afterAll(() => test.dispose());

const renew = (id: string, expiresAt: unknown) =>
  test.call<RenewAnswer>('POST', `/v1/sandboxes/${id}/renew-expiration`, { expiresAt });
const get = (id: string) => test.call<SandboxAnswer>('GET', `/v1/sandboxes/${id}`);
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

/** Waits until the sandbox answers 404 and gives the time of that. */
async function gone(id: string): Promise<number> {
  return waitFor(
    'the sandbox to expire',
    async () => ((await get(id)).status === 404 ? Date.now() : undefined),
    10_000,
  );
}

describe('renew', () => {
  it.each([
    ['2100-01-02T03:04:05Z', '2100-01-02T03:04:05.000Z'],
    ['2100-01-02T03:04:05', '2100-01-02T03:04:05.000Z'],
    ['2100-01-02 03:04:05', '2100-01-02T03:04:05.000Z'],
    ['2100-01-02T03:04:05.123', '2100-01-02T03:04:05.123Z'],
    ['2100-01-02T03:04:05.123456Z', '2100-01-02T03:04:05.123Z'],
    ['2100-01-02T03:04:05.123456789Z', '2100-01-02T03:04:05.123Z'],
    ['2100-01-02T03:04:05+02:00', '2100-01-02T01:04:05.000Z'],
    ['2100-01-02T03:04:05.5-0830', '2100-01-02T11:34:05.500Z'],
    ['2100-01-02t03:04:05z', '2100-01-02T03:04:05.000Z'],
  ])('reads %s, and the next GET agrees with the answer', async (given, expected) => {
    const { id } = await test.createSandbox({ timeout: 600 });
    const { status, body } = await renew(id, given);
    expect([status, body]).toEqual([200, { expiresAt: expected }]);
    expect((await get(id)).body.expiresAt).toBe(expected);
    await test.call('DELETE', `/v1/sandboxes/${id}`);
  });

  it('may shorten, and survives a restart of the server', async () => {
    const { id, expiresAt } = await test.createSandbox({ timeout: 86_400 });
    const shorter = inMs(10 * MINUTE_MS);
    expect((await renew(id, shorter)).body.expiresAt).toBe(shorter);
    expect(Date.parse(shorter)).toBeLessThan(Date.parse(expiresAt ?? ''));
    await test.restart();
    expect((await get(id)).body.expiresAt).toBe(shorter);
  });

  it.each<[unknown, string]>([
    ['2000-01-01T00:00:00Z', 'DOCKER::INVALID_EXPIRATION'],
    ['tomorrow', 'SANDBOX::INVALID_PARAMETER'],
    ['', 'SANDBOX::INVALID_PARAMETER'],
    ['2100-01-01', 'SANDBOX::INVALID_PARAMETER'],
    ['2100-02-30T00:00:00Z', 'SANDBOX::INVALID_PARAMETER'],
    ['2100-13-01T00:00:00Z', 'SANDBOX::INVALID_PARAMETER'],
    [4_102_444_800, 'SANDBOX::INVALID_PARAMETER'],
    [null, 'SANDBOX::INVALID_PARAMETER'],
    [undefined, 'SANDBOX::INVALID_PARAMETER'],
  ])('refuses %j', async (given, code) => {
    const { id } = await test.createSandbox({ timeout: 600 });
    const { status, body } = await renew(id, given);
    expect([status, body.code]).toEqual([400, code]);
    await test.call('DELETE', `/v1/sandboxes/${id}`);
  });

  it('is a conflict where there is no expiry', async () => {
    const { id } = await test.createSandbox();
    const { status, body } = await renew(id, inMs(MINUTE_MS));
    expect([status, body.code]).toEqual([409, 'DOCKER::INVALID_EXPIRATION']);
  });
});

describe('expiry', () => {
  it.each(['Running', 'Paused'])(
    'removes a %s sandbox within a second of its time, not before',
    async (state) => {
      const { id } = await test.createSandbox({ timeout: 60 });
      if (state === 'Paused') await test.call('POST', `/v1/sandboxes/${id}/pause`);
      const at = Date.now() + 1_200;
      await renew(id, new Date(at).toISOString());
      const goneAt = await gone(id);
      expect(goneAt).toBeGreaterThanOrEqual(at);
      expect(goneAt - at).toBeLessThan(EXPIRY_BOUND_MS);
      await expect(test.docker.getContainer(test.containerOf(id)).inspect()).rejects.toMatchObject({
        statusCode: 404,
      });
      const { body } = await test.call<{ items: SandboxAnswer[] }>('GET', '/v1/sandboxes');
      expect(body.items.map((each) => each.id)).not.toContain(id);
    },
  );

  it('comes in the order of time, not of creation', async () => {
    const late = await test.createSandbox({ timeout: 60 });
    const early = await test.createSandbox({ timeout: 60 });
    await renew(late.id, inMs(2_500));
    await renew(early.id, inMs(500));
    await gone(early.id);
    expect((await get(late.id)).status).toBe(200);
    await gone(late.id);
  });

  it('is kept by a restart: what came due meanwhile goes at once, the rest at its time', async () => {
    const overdue = await test.createSandbox({ timeout: 60 });
    const due = await test.createSandbox({ timeout: 60 });
    const unending = await test.createSandbox();
    const at = Date.now() + 3_000;
    await renew(overdue.id, inMs(300));
    await renew(due.id, new Date(at).toISOString());
    await test.backend.close();
    await delay(400);
    await test.restart();
    const startedAt = Date.now();
    expect((await gone(overdue.id)) - startedAt).toBeLessThan(EXPIRY_BOUND_MS);
    const dueGone = await gone(due.id);
    expect(dueGone).toBeGreaterThanOrEqual(at);
    expect(dueGone - Math.max(at, startedAt)).toBeLessThan(EXPIRY_BOUND_MS);
    expect((await get(unending.id)).status).toBe(200);
  });

  it(
    'never takes a sandbox whose renew was acknowledged',
    async () => {
      const outcomes = { renewed: 0, expired: 0 };
      const sandboxes = await Promise.all([0, 1, 2, 3].map(() => test.createSandbox({ timeout: 60 })));
      for (let round = 0; round < RACE_ROUNDS; round += 1) {
        const index = round % sandboxes.length;
        const { id } = sandboxes[index] ?? { id: '' };
        const at = Date.now() + 25;
        await renew(id, new Date(at).toISOString());
        // From just before to just after the expiry.
        while (Date.now() < at - 2 + (round % 5)) await new Promise(setImmediate);
        const { status } = await renew(id, inMs(MINUTE_MS));
        if (status === 200) {
          outcomes.renewed += 1;
          await delay(5);
          expect((await get(id)).body.status.state).toBe('Running');
          expect((await test.docker.getContainer(test.containerOf(id)).inspect()).State.Running).toBe(true);
        } else {
          outcomes.expired += 1;
          expect(status).toBe(404);
          sandboxes[index] = await test.createSandbox({ timeout: 60 });
        }
      }
      // Both sides of the race were seen, so the race was run.
      expect(outcomes.renewed).toBeGreaterThan(0);
      expect(outcomes.expired).toBeGreaterThan(0);
    },
    RACE_DEADLINE_MS,
  );

  it('is won by one of several renews at once, and all of them are later than the expiry', async () => {
    const { id } = await test.createSandbox({ timeout: 60 });
    const wanted = [10, 20, 30].map((minutes) => inMs(minutes * MINUTE_MS));
    const answers = await Promise.all(wanted.map((each) => renew(id, each)));
    expect(answers.map((each) => each.status)).toEqual([200, 200, 200]);
    expect(wanted).toContain((await get(id)).body.expiresAt);
  });
});
