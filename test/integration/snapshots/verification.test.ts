import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerEngine } from '../../../src-main/engine/docker-engine';
import { LABEL_INSTANCE } from '../../../src-main/engine/labels';
import type { DesktopSnapshot, DesktopStatus } from '../../../src-main/http/schemas/desktop';
import { BUSYBOX_IMAGE, execIn } from '../../support/docker';
import { runTask } from '../../support/tasks';
import { createTestBackend, type TestBackend } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

const ORDINARY = `
set -e
mkdir -p /w/full /w/again; cd /w
echo new > added; ln added hard; ln -s nowhere dangling; mkfifo pipe
printf odd > "$(printf 'line\\nbreak')"; echo u > 'Grüße-世界'; echo w > .wh-not-quite; echo q > 'a "b" %41'
echo more >> /etc/passwd; chmod 700 /root; rm /etc/profile; mv /etc/group /etc/group-moved
rm -rf /etc/init.d 2>/dev/null; mkdir -p /etc/init.d; rm -rf /tmp; mkdir /tmp; echo n > /tmp/new
`;
const RESTLESS = [
  'sh',
  '-c',
  'i=0; mkdir -p /w; while true; do i=$((i+1)); mkdir /w/d; echo $i > /w/d/f; ' +
    'mv /w/d/f /w/kept; cp -p /w/kept /w/copy$((i%50)); rm -r /w/d; rm -f /w/copy$(((i+25)%50)); done',
];

let test: TestBackend;
beforeAll(async () => {
  test = await createTestBackend();
});
afterAll(() => test.dispose());

async function sh(sandboxId: string, script: string): Promise<void> {
  expect(await execIn(test.docker, test.containerOf(sandboxId), ['sh', '-c', script])).toBe('');
}

async function read(id: string): Promise<DesktopSnapshot> {
  return (await test.call<DesktopSnapshot>('GET', `/v1/desktop/snapshots/${id}`)).body;
}

/** Once the check has come to an end. */
function checked(id: string): Promise<DesktopSnapshot> {
  return waitFor(`snapshot ${id} to be checked`, async () => {
    const snapshot = await read(id);
    return snapshot.verification?.state === 'pending' ? undefined : snapshot;
  });
}

function evidenceOf(id: string): string {
  return join(test.dataDir, 'capture-evidence', `${id}.json`);
}

describe('a snapshot', () => {
  it('is verified after ordinary changes, and what is then missing is named when it is asked for', async () => {
    const { id: sandboxId } = await test.createSandbox();
    await sh(sandboxId, ORDINARY);
    const { id } = await test.takeSnapshot(sandboxId);
    const { verification, notCaptured } = await checked(id);
    expect(verification).toMatchObject({ state: 'verified' });
    expect(verification?.checkedPaths).toBeGreaterThan(15);
    expect(notCaptured).toEqual({ volumes: [], tmpfs: [], processes: 1 });

    const evidence = JSON.parse(await readFile(evidenceOf(id), 'utf8')) as { changes: object[] };
    evidence.changes.push({ path: '/bin/busybox', kind: 'modified' });
    await writeFile(evidenceOf(id), JSON.stringify({ ...evidence, exact: true }));
    const task = await runTask(test, `/v1/desktop/snapshots/${id}/verify`, {});
    expect(task).toMatchObject({
      state: 'Succeeded',
      result: { snapshotId: id, verification: 'incomplete' },
    });
    expect((await read(id)).verification).toMatchObject({
      state: 'incomplete',
      missing: ['/bin/busybox'],
      checkedPaths: verification?.checkedPaths,
    });

    await test.call('DELETE', `/v1/snapshots/${id}`);
    await waitFor('the list of changes to go too', async () =>
      readFile(evidenceOf(id)).then(
        () => undefined,
        () => true,
      ),
    );
  });

  it('is verified with its configuration rewritten', async () => {
    const { id: sandboxId } = await test.createSandbox({ env: { TOKEN: 'secret' } });
    await sh(sandboxId, ORDINARY);
    const { verification } = await checked((await test.takeSnapshot(sandboxId)).id);
    expect(verification).toMatchObject({ state: 'verified' });
    expect(verification?.checkedPaths).toBeGreaterThan(15);
  });

  it('is never called incomplete while its sandbox writes all the time', async () => {
    const { id: sandboxId } = await test.createSandbox({ entrypoint: RESTLESS });
    const states: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      // Long freezes are read in, short ones are not.
      if (round === 2)
        await execIn(test.docker, test.containerOf(sandboxId), [
          'dd',
          'if=/dev/urandom',
          'of=/big',
          'bs=1M',
          'count=64',
        ]);
      const { verification } = await checked((await test.takeSnapshot(sandboxId)).id);
      states.push(`${verification?.state ?? ''}${verification?.missing?.join() ?? ''}`);
    }
    for (const state of states) expect(['verified', 'unknown']).toContain(state);
  });

  it('names the volumes, memory and processes that it does not hold', async () => {
    const name = `verified-${randomUUID()}`;
    const volumes = [
      {
        name: 'v',
        mountPath: '/data',
        pvc: { claimName: name, createIfNotExists: true, deleteOnSandboxTermination: true },
      },
    ];
    const { id: sandboxId } = await test.createSandbox({ volumes });
    await sh(sandboxId, 'dd if=/dev/zero of=/data/x bs=1k count=64 2>/dev/null; echo n > /n');
    const { id } = await test.takeSnapshot(sandboxId);
    const { notCaptured, verification } = await checked(id);
    expect(verification).toMatchObject({ state: 'verified' });
    expect(notCaptured).toMatchObject({ volumes: [{ kind: 'named', source: name, mountPath: '/data' }] });
    expect(notCaptured?.volumes[0]?.sizeBytes).toBeGreaterThanOrEqual(65_536);

    const { body: status } = await test.call<DesktopStatus>('GET', '/v1/desktop/status');
    const engine = await DockerEngine.connect(status.engine.endpoint ?? '', process.env);
    const container = await test.docker.createContainer({
      Image: BUSYBOX_IMAGE,
      Entrypoint: ['true'],
      Labels: { [LABEL_INSTANCE]: test.instanceId },
      HostConfig: { Tmpfs: { '/scratch': '' }, Binds: ['/tmp:/host'] },
    });
    expect(await engine.surroundings(container.id)).toEqual({
      mounts: [{ kind: 'host', source: '/tmp', mountPath: '/host' }],
      tmpfs: ['/scratch'],
    });
  });
});

describe('a check that was cut off', () => {
  it('goes on after the restart, and ends as unknown where nothing was kept to check by', async () => {
    const { id: sandboxId } = await test.createSandbox();
    const kept = (await test.takeSnapshot(sandboxId)).id;
    const lost = (await test.takeSnapshot(sandboxId)).id;
    for (const id of [kept, lost])
      await waitFor('the list of changes', () => readFile(evidenceOf(id)).catch(() => undefined));
    expect((await read(lost)).verification).toEqual({ state: 'pending' });
    await test.restart();
    await rm(evidenceOf(lost));
    expect((await checked(kept)).verification).toMatchObject({ state: 'verified', checkedPaths: 0 });
    const { verification } = await checked(lost);
    expect(verification?.state).toBe('unknown');
    expect(verification?.at).toBeUndefined();
    const { status, body } = await test.call('POST', `/v1/desktop/snapshots/${lost}/verify`);
    expect([status, body['code']]).toEqual([409, 'SNAPSHOT::NOTHING_TO_VERIFY_BY']);
  });
});
