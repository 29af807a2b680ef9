import { expect, it } from 'vitest';
import { requestRounds } from './request-rounds';
import { tortureOptions } from './options';

const REQUESTS = 100_000;
const GROWTH_MIB = 64;
const { seed, longestMs, report } = tortureOptions();

it(`answers ${REQUESTS} requests made from its own API description as it should, seed ${seed}`, async () => {
  const { byStatus, memoryMib, broken } = await requestRounds({
    seed,
    requests: REQUESTS,
    longestMs,
    report,
  });
  report(
    `answers by status: ${JSON.stringify(byStatus)}; memory before and after: ${memoryMib.join(', ')} MiB`,
  );
  expect(broken).toEqual([]);
  expect(memoryMib[1] - memoryMib[0]).toBeLessThan(GROWTH_MIB);
});
