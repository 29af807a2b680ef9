import type { Sandbox, SandboxMetrics } from '@alibaba-group/opensandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure, kinds, OfficialSdk } from './official-sdk';

let sdk: OfficialSdk;
beforeAll(async () => {
  sdk = await OfficialSdk.start();
});
afterAll(() => sdk.stop());

function expectSane(metrics: SandboxMetrics): void {
  expect(metrics.cpuCount).toBe(1);
  expect(metrics.cpuUsedPercentage).toBeGreaterThanOrEqual(0);
  expect(metrics.cpuUsedPercentage).toBeLessThanOrEqual(100);
  expect(metrics.memoryTotalMiB).toBe(512);
  expect(metrics.memoryUsedMiB).toBeGreaterThan(0);
  expect(metrics.memoryUsedMiB).toBeLessThanOrEqual(metrics.memoryTotalMiB);
  expect(Math.abs(Date.now() - metrics.timestamp)).toBeLessThan(60_000);
}

describe.each(await kinds())('metrics of $name', (kind) => {
  it('are there with the first question, and by either way', async () => {
    const sandbox = await sdk.createOf(kind);
    expectSane(await sandbox.getMetrics());
    expectSane(await sandbox.metrics.getMetrics());
    await sandbox.kill();
  });
});

describe('metrics meet the life of their sandbox', () => {
  const refusal = async (sandbox: Sandbox) => {
    const { statusCode, error } = await failure(sandbox.metrics.getMetrics());
    return [statusCode, error.code];
  };

  it('by an error while it is paused and once it is gone, and are back after a resume', async () => {
    const sandbox = await sdk.create();
    expectSane(await sandbox.getMetrics());
    await sandbox.pause();
    expect(await refusal(sandbox)).toEqual([503, 'DOCKER::SANDBOX_NOT_RUNNING']);
    const resumed = await sandbox.resume();
    expectSane(await resumed.getMetrics());
    await resumed.kill();
    expect(await refusal(resumed)).toEqual([404, 'DOCKER::SANDBOX_NOT_FOUND']);
    await resumed.close();
  });
});
