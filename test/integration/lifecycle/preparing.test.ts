import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Changes } from '../../../src-main/activity/changes';
import type { DockerEngine } from '../../../src-main/engine/docker-engine';
import { EngineMonitor } from '../../../src-main/engine/engine-monitor';
import { LABEL_INSTANCE } from '../../../src-main/engine/labels';
import { PreparedNetworks } from '../../../src-main/sandboxes/prepared-networks';
import { connectDocker, removeInstance } from '../../support/docker';
import { waitFor } from '../../support/wait-for';

const logger = pino({ level: 'silent' });
const instanceId = randomUUID().replaceAll('-', '');

let docker: Docker;
let engines: EngineMonitor;
let engine: DockerEngine;
let folder: string;
beforeAll(async () => {
  docker = await connectDocker();
  folder = await mkdtemp(join(tmpdir(), 'opensandbox-preparing-'));
  engines = new EngineMonitor({
    environment: process.env,
    pickedEndpoint: () => undefined,
    reconcile: () => Promise.resolve(),
    logger,
  });
  engines.start();
  engine = await waitFor('an engine', () =>
    engines.current.state === 'connected' ? engines.current.engine : undefined,
  );
});
afterAll(async () => {
  await engines.stop();
  await removeInstance(docker, instanceId);
  await rm(folder, { recursive: true, force: true });
});

async function count(): Promise<number> {
  const filters = { label: [`${LABEL_INSTANCE}=${instanceId}`] };
  return (await docker.listContainers({ all: true, filters })).length;
}

function reached(wanted: number): Promise<true> {
  return waitFor(`${wanted} prepared networks`, async () => ((await count()) === wanted ? true : undefined));
}

it('prepares only while machine and engine rest, lets go after idling and when name servers change', async () => {
  const nameServersFile = join(folder, 'resolv.conf');
  await writeFile(nameServersFile, 'nameserver 192.0.2.1\n');
  const state = { demand: true, rests: false, minutes: 10, looks: { demand: 0, rests: 0 } };
  const networks = new PreparedNetworks({
    engines,
    changes: new Changes(),
    instanceId,
    mode: 'rested',
    settings: () => ({ prepareNetworks: true, preparedNetworks: 1, preparedIdleMinutes: state.minutes }),
    isInDemand: () => {
      state.looks.demand += 1;
      return state.demand;
    },
    machineRests: () => {
      state.looks.rests += 1;
      return Promise.resolve(state.rests);
    },
    nameServersFile,
    logger,
  });
  networks.noteUse('bridge');
  await waitFor('a look at the demand', () => (state.looks.demand > 0 ? true : undefined));
  // Whoever waits for the engine comes before any look at the machine.
  expect([state.looks.rests, await count()]).toEqual([0, 0]);
  state.demand = false;
  await waitFor('a second look at the machine', () => (state.looks.rests > 1 ? true : undefined));
  expect(await count()).toBe(0);
  expect(await networks.take(engine, 'bridge')).toBeUndefined();
  state.rests = true;
  await reached(1);

  // From here on no other one comes in place of what is taken.
  state.rests = false;
  const lease = await waitFor('it to be handed out', () => networks.take(engine, 'bridge'));
  expect(await networks.take(engine, 'bridge')).toBeUndefined();
  await lease.giveUp();
  await reached(0);

  state.rests = true;
  networks.noteUse('bridge');
  await reached(1);
  state.rests = false;
  await writeFile(nameServersFile, 'nameserver 192.0.2.2\n');
  await waitFor('the old servers to be noticed', async () => {
    expect(await networks.take(engine, 'bridge')).toBeUndefined();
    return (await count()) === 0 ? true : undefined;
  });

  state.rests = true;
  networks.noteUse('bridge');
  await reached(1);
  state.minutes = 0;
  networks.noteUse('bridge');
  await reached(0);

  state.minutes = 10;
  networks.noteUse('bridge');
  await reached(1);
  await networks.close();
  expect(await count()).toBe(0);
});
