import { afterAll, beforeAll, it } from 'vitest';
import { FLATTEN_AT } from '../../../src-main/snapshots/flatten';
import { makeDeepImage } from '../../support/deep-image';
import { connectDocker } from '../../support/docker';
import { chainRounds } from '../../torture/chain-rounds';

const GENERATIONS = 24;
/** Flattened after a few generations, and the flattened one is built upon. */
const LAYERS_BEFORE = FLATTEN_AT - 8;
/** Minutes on a slow machine; no goal, only an end. */
const CHAIN_TIMEOUT_MS = 10 * 60_000;

let deep: string;
beforeAll(async () => {
  deep = await makeDeepImage(await connectDocker(), LAYERS_BEFORE);
});
afterAll(async () => {
  const docker = await connectDocker();
  await docker.getImage(deep).remove({ force: true });
});

/** The short form of `npm run torture`, which begins at one layer. */
it(
  'passes every file on through generations of snapshot and restore, and through a flattening',
  () => chainRounds({ generations: GENERATIONS, image: deep }),
  CHAIN_TIMEOUT_MS,
);
