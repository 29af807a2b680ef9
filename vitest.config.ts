import { defineConfig } from 'vitest/config';

/** Some write 100 MiB or start processes: on a busy machine that takes several times as long as on an idle one. */
const UNIT_TEST_TIMEOUT_MS = 60_000;
const DOCKER_TEST_TIMEOUT_MS = 120_000;
const BENCH_TIMEOUT_MS = 15 * 60_000;
/** Its rounds end by themselves, within the minutes they are given. */
const TORTURE_TIMEOUT_MS = 2 * 60 * 60_000;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: UNIT_TEST_TIMEOUT_MS,
          hookTimeout: UNIT_TEST_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: DOCKER_TEST_TIMEOUT_MS,
          hookTimeout: DOCKER_TEST_TIMEOUT_MS,
          // One real Docker engine on two cores: parallel files would only measure each other.
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          testTimeout: DOCKER_TEST_TIMEOUT_MS,
          hookTimeout: DOCKER_TEST_TIMEOUT_MS,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'gui',
          include: ['test/gui/**/*.test.ts'],
          testTimeout: DOCKER_TEST_TIMEOUT_MS,
          hookTimeout: DOCKER_TEST_TIMEOUT_MS,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'torture',
          include: ['test/torture/**/*.torture.ts'],
          testTimeout: TORTURE_TIMEOUT_MS,
          hookTimeout: DOCKER_TEST_TIMEOUT_MS,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'bench',
          include: ['test/bench/**/*.bench.ts'],
          testTimeout: BENCH_TIMEOUT_MS,
          hookTimeout: BENCH_TIMEOUT_MS,
          fileParallelism: false,
        },
      },
    ],
  },
});
