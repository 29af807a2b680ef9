import { defineConfig } from 'vitest/config';

/** Some write 100 MiB or start processes: on a busy machine that takes several times as long as on an idle one. */
const UNIT_TEST_TIMEOUT_MS = 60_000;
const DOCKER_TEST_TIMEOUT_MS = 120_000;
const BENCH_TIMEOUT_MS = 15 * 60_000;
/** Its rounds end by themselves, within the minutes they are given. */
const TORTURE_TIMEOUT_MS = 2 * 60 * 60_000;

/**
 * An engine, a browser and three suites share two cores: what such a machine makes late once is tried again, and named
 * at the end of the run as what passed only then.
 */
const retry = process.env['CI'] === undefined ? 0 : 1;

/** No test but those about it depends on whether the machine had time to prepare a network. */
const env = { OPENSANDBOX_PREPARE: process.env['OPENSANDBOX_PREPARE'] ?? 'never' };

/** What failed only once can be told by its message alone, so the message shows the values whole. */
const chaiConfig = { truncateThreshold: 0 };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          env,
          include: ['test/unit/**/*.test.ts'],
          testTimeout: UNIT_TEST_TIMEOUT_MS,
          hookTimeout: UNIT_TEST_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: 'integration',
          env,
          retry,
          chaiConfig,
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
          env,
          retry,
          chaiConfig,
          include: ['test/conformance/**/*.test.ts'],
          testTimeout: DOCKER_TEST_TIMEOUT_MS,
          hookTimeout: DOCKER_TEST_TIMEOUT_MS,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'gui',
          env,
          retry,
          chaiConfig,
          include: ['test/gui/**/*.test.ts'],
          testTimeout: DOCKER_TEST_TIMEOUT_MS,
          hookTimeout: DOCKER_TEST_TIMEOUT_MS,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'torture',
          env,
          include: ['test/torture/**/*.torture.ts'],
          testTimeout: TORTURE_TIMEOUT_MS,
          hookTimeout: DOCKER_TEST_TIMEOUT_MS,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'bench',
          env,
          include: ['test/bench/**/*.bench.ts'],
          testTimeout: BENCH_TIMEOUT_MS,
          hookTimeout: BENCH_TIMEOUT_MS,
          fileParallelism: false,
        },
      },
    ],
  },
});
