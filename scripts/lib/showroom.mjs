import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** @typedef {import('dockerode')} Docker */

/**
 * What is read of the API's answers; each has its part of it.
 * @typedef {{ id: string, state: string, status: { state: string }, engine: { state: string } }} Answer
 */

/**
 * Calls the API below `/v1`; throws unless it succeeds.
 * @callback Call
 * @param {'GET' | 'POST' | 'PATCH' | 'DELETE'} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<Answer>}
 */

const IMAGE = 'opensandbox/starter:latest';
const LIMIT_MS = 60_000;
const POLL_MS = 50;

/** Name, MiB that it writes, memory limit, seconds until it expires. */
const SANDBOXES = /** @type {const} */ ([
  ['web-agent', 24, '2Gi', 7200],
  ['data-import', 41, '4Gi', undefined],
  ['code-review', 6, '1Gi', 1800],
  ['browser-tests', 12, '2Gi', 86_400],
]);

/**
 * Makes what a working day leaves behind: sandboxes, a lineage of snapshots, one that failed, one that was restored.
 * @param {Call} call
 * @param {Docker} docker
 * @returns {Promise<{ sandboxId: string, snapshotId: string }>} the ones to open
 */
export async function fillShowroom(call, docker) {
  const starter = await call('POST', '/desktop/images/starter');
  await settled(call, `/desktop/tasks/${starter.id}`, (task) => task.state !== 'Running');

  /** @type {Map<string, string>} */
  const ids = new Map();
  for (const [name, megabytes, memory, timeout] of SANDBOXES) {
    ids.set(name, await start(call, docker, { image: { uri: IMAGE }, name, megabytes, memory, timeout }));
  }
  const idOf = (/** @type {string} */ name) => ids.get(name) ?? '';

  const installed = await snapshot(call, idOf('web-agent'), 'dependencies installed');
  await call('PATCH', `/desktop/snapshots/${installed}`, {
    pinned: true,
    notes: 'Node, Playwright and the test data. Start new agents from here.',
  });
  await snapshot(call, idOf('data-import'), 'orders loaded');
  const lost = await snapshot(call, idOf('code-review'), 'before the refactoring');
  const restored = await start(call, docker, {
    snapshotId: installed,
    name: 'web-agent-retry',
    megabytes: 9,
    memory: '2Gi',
    timeout: 3600,
  });
  await snapshot(call, restored, 'login works');
  await snapshot(call, restored, 'checkout works');
  await start(call, docker, {
    snapshotId: installed,
    name: 'web-agent-b',
    megabytes: 3,
    memory: '2Gi',
    timeout: 3600,
  });
  await snapshot(call, idOf('browser-tests'), 'all green');
  await call('POST', `/sandboxes/${idOf('browser-tests')}/pause`);
  // As if somebody had cleaned up by hand.
  await docker.getImage(`opensandbox-snapshots:${lost}`).remove({ force: true });
  await settled(call, `/snapshots/${lost}`, ({ status }) => status.state === 'Failed');
  return { sandboxId: restored, snapshotId: installed };
}

/**
 * @param {Call} call
 * @param {Docker} docker
 * @param {{ image?: { uri: string }, snapshotId?: string, name: string, megabytes: number, memory: string, timeout: number | undefined }} wanted
 * @returns {Promise<string>} its id, once it has written its files
 */
async function start(call, docker, { name, megabytes, memory, timeout, ...from }) {
  const { id } = await call('POST', '/sandboxes', {
    ...from,
    entrypoint: ['tail', '-f', '/dev/null'],
    resourceLimits: { cpu: '1', memory },
    metadata: { name, team: 'agents' },
    env: { NODE_ENV: 'test' },
    ...(timeout === undefined ? {} : { timeout }),
  });
  const container = docker.getContainer(`opensandbox-${id}`);
  const exec = await container.exec({
    Cmd: ['dd', 'if=/dev/urandom', `of=/${name}.bin`, 'bs=1M', `count=${megabytes}`],
    AttachStdout: true,
  });
  await finished((await exec.start({})).resume());
  return id;
}

/**
 * @param {Call} call
 * @param {string} sandboxId
 * @param {string} name
 * @returns {Promise<string>} its id, once it is Ready
 */
async function snapshot(call, sandboxId, name) {
  const { id } = await call('POST', `/sandboxes/${sandboxId}/snapshots`, { name });
  await settled(call, `/snapshots/${id}`, ({ status }) => status.state === 'Ready');
  return id;
}

/**
 * Asks until the answer is as wanted.
 * @param {Call} call
 * @param {string} path
 * @param {(answer: Answer) => boolean} test
 */
function settled(call, path, test) {
  return until(`${path} to settle`, async () => test(await call('GET', path)));
}

/**
 * @param {string} what
 * @param {() => Promise<boolean>} test
 */
export async function until(what, test) {
  const deadline = Date.now() + LIMIT_MS;
  while (!(await test())) {
    if (Date.now() > deadline) throw new Error(`Waited ${LIMIT_MS / 1000} s in vain for ${what}.`);
    await delay(POLL_MS);
  }
}
