import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerInfo, ImageInfo } from 'dockerode';
import { LABEL_ID, LABEL_KIND } from '../../src-main/engine/labels';
import { HOLDER_IMAGE } from '../../src-main/engine/network-holders';
import { networkOwner } from '../../src-main/engine/networks';
import type { Task } from '../../src-main/http/schemas/desktop';
import { BUSYBOX_IMAGE, SCRATCH_IMAGE, execIn } from '../support/docker';
import type { TestServer } from '../support/server-api';
import type { SandboxAnswer, SnapshotAnswer } from '../support/test-backend';
import { waitFor } from '../support/wait-for';
import type { Ledger } from './ledger';
import { MARK_FILE } from './workload';

const SETTLE_DEADLINE_MS = 90_000;
const CLEARED_DEADLINE_MS = 30_000;
/** By the default settings. */
const MAX_PREPARED = 1;
const OTHER_IMAGES = new Set([BUSYBOX_IMAGE, SCRATCH_IMAGE, HOLDER_IMAGE]);
const SETTLED_SANDBOX = new Set(['Running', 'Paused', 'Failed', 'Terminated']);
const SETTLED_SNAPSHOT = new Set(['Ready', 'Failed']);
/** What a server that is at rest has in its data folder. */
const DATA_FILES =
  /^(state\.\d+\.(json|journal)|instance|lock.*|api-key.*|endpoint-secret|layer-index|capture-evidence)$/;

/** What the snapshots that are still to be verified are checked against. */
const EVIDENCE = 'capture-evidence';

interface Seen {
  sandboxes: Map<string, SandboxAnswer>;
  snapshots: Map<string, SnapshotAnswer>;
}

/**
 * Compares a restarted server, and the engine under it, with what the client was told.
 * @returns one sentence per broken promise; empty when everything holds
 */
export async function judge(server: TestServer, ledger: Ledger): Promise<string[]> {
  const seen = await settled(server);
  return [
    ...checkSandboxes(seen, ledger),
    ...checkSnapshots(seen, ledger),
    ...(await checkEngine(server, seen)),
    ...(await checkFolder(server, seen)),
    ...(await checkContents(server, ledger)),
  ];
}

/** Waits until nothing is under way any more; work of before the crash may still be finished. */
async function settled(server: TestServer): Promise<Seen> {
  let underWay = '';
  return waitFor(
    'work under way to end after the restart',
    async () => {
      const seen = await readLists(server);
      const { body: tasks } = await server.call<{ items: Task[] }>('GET', '/v1/desktop/tasks');
      underWay = [
        ...[...seen.sandboxes.values()].filter(({ status }) => !SETTLED_SANDBOX.has(status.state)),
        ...[...seen.snapshots.values()].filter(({ status }) => !SETTLED_SNAPSHOT.has(status.state)),
      ]
        .map(({ id, status }) => `${id} ${status.state}`)
        .concat(tasks.items.filter(({ state }) => state === 'Running').map(({ title }) => title))
        .join();
      return underWay === '' ? seen : undefined;
    },
    SETTLE_DEADLINE_MS,
  ).catch((error: unknown) => {
    throw new Error(`Never settled: ${underWay}`, { cause: error });
  });
}

async function readLists(server: TestServer): Promise<Seen> {
  const read = async <T extends { id: string }>(path: string): Promise<Map<string, T>> => {
    const { status, body } = await server.call<{ items: T[] }>('GET', `${path}?pageSize=200`);
    if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
    return new Map(body.items.map((each) => [each.id, each]));
  };
  return { sandboxes: await read('/v1/sandboxes'), snapshots: await read('/v1/snapshots') };
}

function checkSandboxes({ sandboxes }: Seen, ledger: Ledger): string[] {
  const broken: string[] = [];
  for (const entry of ledger.sandboxes.values()) {
    const state = sandboxes.get(entry.id)?.status.state;
    if (entry.exists === 'yes' && state !== 'Running')
      broken.push(`${entry.id} was acknowledged and is ${state ?? 'gone'}`);
    if (entry.exists === 'no' && state !== undefined) broken.push(`${entry.id} was deleted and is ${state}`);
    entry.exists = state === 'Running' ? 'yes' : 'no';
  }
  for (const { id, status } of sandboxes.values()) {
    if (ledger.sandboxes.has(id)) continue;
    if (status.state !== 'Running') broken.push(`${id}, never acknowledged, is left ${status.state}`);
    // Its content is known by reading it; from here on it is one like any other.
    else ledger.addSandbox(id, []);
  }
  return broken;
}

function checkSnapshots({ snapshots }: Seen, ledger: Ledger): string[] {
  const broken: string[] = [];
  for (const entry of ledger.snapshots.values()) {
    const state = snapshots.get(entry.id)?.status.state;
    if (entry.exists === 'yes' && (state === undefined || (entry.ready && state !== 'Ready')))
      broken.push(`${entry.id} was ${entry.ready ? 'Ready' : 'accepted'} and is ${state ?? 'gone'}`);
    if (entry.exists === 'no' && state !== undefined) broken.push(`${entry.id} was deleted and is ${state}`);
    entry.exists = state === undefined ? 'no' : 'yes';
    entry.ready = state === 'Ready';
  }
  for (const { id, status } of snapshots.values()) {
    if (ledger.snapshots.has(id)) continue;
    // Safety snapshots, and those whose answer was cut off.
    ledger.addSnapshot(id, undefined).ready = status.state === 'Ready';
  }
  return broken;
}

/** Nothing on the engine that no list tells of. The engine is the test's own, so whatever is there counts. */
async function checkEngine({ docker }: TestServer, seen: Seen): Promise<string[]> {
  let broken: string[] = [];
  const look = async (): Promise<true | undefined> => {
    const containers = await docker.listContainers({ all: true });
    const { Volumes: volumes } = await docker.listVolumes();
    broken = [
      ...strayContainers(containers, seen),
      ...strayImages(await docker.listImages(), containers, seen),
      ...volumes.map(({ Name: name }) => `volume ${name} belongs to nothing`),
    ];
    return broken.length === 0 ? true : undefined;
  };
  // What a crash left is cleared away in the background.
  await waitFor('the engine to hold only what is listed', look, CLEARED_DEADLINE_MS).catch(() => undefined);
  return broken;
}

function strayContainers(containers: readonly ContainerInfo[], { sandboxes }: Seen): string[] {
  const broken: string[] = [];
  const shared = new Set(containers.map(({ HostConfig: { NetworkMode: mode } }) => networkOwner(mode)));
  const unused: string[] = [];
  for (const { Id: containerId, Labels: labels, State: state, Names: names } of containers) {
    if (labels[LABEL_KIND] === 'network') {
      if (!shared.has(containerId)) unused.push(names.join());
    } else if (labels[LABEL_KIND] !== 'sandbox' || !sandboxes.has(labels[LABEL_ID] ?? ''))
      broken.push(`container ${names.join()} belongs to nothing`);
    else if (state !== 'running') broken.push(`container ${names.join()} is ${state}`);
  }
  if (unused.length > MAX_PREPARED) broken.push(`networks ${unused.join()} belong to nothing`);
  for (const id of sandboxes.keys()) {
    const own = containers.filter(({ Labels: labels }) => labels[LABEL_ID] === id);
    if (own.length !== 1) broken.push(`${id} has ${own.length} containers`);
  }
  return broken;
}

function strayImages(
  images: readonly ImageInfo[],
  containers: readonly ContainerInfo[],
  { snapshots }: Seen,
): string[] {
  const broken: string[] = [];
  const ready = [...snapshots.values()].filter(({ status }) => status.state === 'Ready').map(({ id }) => id);
  const missing = new Set(ready);
  for (const { RepoTags: tags, Id: id, Labels: labels } of images) {
    const names = (tags ?? []).filter((tag) => tag !== '<none>:<none>');
    // A deleted snapshot's image stays for the sandboxes that run on it.
    if (names.length === 0 && !containers.some(({ ImageID: used }) => used === id))
      broken.push(`image ${id} has no name and no container: ${JSON.stringify(labels)}`);
    for (const name of names) {
      if (OTHER_IMAGES.has(name)) continue;
      const snapshotId = name.slice(name.indexOf(':') + 1);
      missing.delete(snapshotId);
      if (!ready.includes(snapshotId)) broken.push(`image ${name} belongs to nothing`);
    }
  }
  return [...broken, ...[...missing].map((id) => `${id} is Ready without an image`)];
}

async function checkFolder({ dataDir }: TestServer, { snapshots }: Seen): Promise<string[]> {
  const names = await readdir(dataDir);
  const evidence = names.includes(EVIDENCE) ? await readdir(join(dataDir, EVIDENCE)) : [];
  return [
    ...names.filter((name) => !DATA_FILES.test(name)).map((name) => `${name} is left in the data folder`),
    ...evidence
      .filter((name) => !snapshots.has(name.replace(/\.json$/, '')))
      .map((name) => `${EVIDENCE}/${name} belongs to no snapshot`),
  ];
}

/** Reads every sandbox's file, and those of snapshots through the API, which starts nothing. */
async function checkContents(server: TestServer, ledger: Ledger): Promise<string[]> {
  const broken: string[] = [];
  for (const entry of ledger.sandboxes.values()) {
    if (entry.exists !== 'yes') continue;
    const command = ['sh', '-c', `cat ${MARK_FILE} 2>/dev/null; echo -n ":$TOKEN"`];
    const [content = ''] = (await execIn(server.docker, `opensandbox-${entry.id}`, command)).split(':');
    if (entry.contents.length > 0 && !entry.contents.includes(content))
      broken.push(`${entry.id} holds "${content}" instead of one of "${entry.contents.join()}"`);
    entry.contents = [content];
  }
  for (const entry of ledger.readySnapshots()) {
    const path = `/v1/desktop/snapshots/${entry.id}/files/content?path=${MARK_FILE}`;
    const response = await fetch(`http://localhost:${server.process.port}${path}`, {
      headers: { 'open-sandbox-api-key': 'test-key' },
    });
    const content = response.status === 404 ? '' : await response.text();
    if (response.status !== 200 && response.status !== 404)
      broken.push(`reading ${entry.id} answered ${response.status}: ${content}`);
    else if (entry.contents !== undefined && !entry.contents.includes(content))
      broken.push(`${entry.id} holds "${content}" instead of one of "${entry.contents.join()}"`);
    else entry.contents = [content];
  }
  return broken;
}
