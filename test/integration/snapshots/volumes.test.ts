import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LABEL_ID, LABEL_INSTANCE } from '../../../src-main/engine/labels';
import type { DesktopSandbox, DesktopSnapshot, LocalImage } from '../../../src-main/http/schemas/desktop';
import type { DiskUsage, ReclaimResult } from '../../../src-main/http/schemas/disk';
import { execIn } from '../../support/docker';
import { exportSnapshot, importSnapshot } from '../../support/snapshot-archive';
import { runTask } from '../../support/tasks';
import { createTestBackend, type SandboxAnswer, type TestBackend } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

const MEBIBYTE = 2 ** 20;
/** Takes far longer to copy than it is left alone; on the disk it is nothing. */
const LARGE = '16G';

let test: TestBackend;
beforeAll(async () => {
  test = await createTestBackend();
});
afterAll(() => test.dispose());

let volumes = 0;
function volume(mountPath: string, more: Record<string, unknown> = {}) {
  volumes += 1;
  const claimName = `copied-${test.instanceId.slice(-8).toLowerCase()}-${volumes}`;
  const pvc = { claimName, deleteOnSandboxTermination: true };
  return { name: `volume-${volumes}`, pvc, mountPath, ...more };
}

function shell(sandboxId: string, script: string): Promise<string> {
  return execIn(test.docker, test.containerOf(sandboxId), ['sh', '-c', script]);
}

async function snapshot(id: string): Promise<DesktopSnapshot> {
  return (await test.call<DesktopSnapshot>('GET', `/v1/desktop/snapshots/${id}`)).body;
}

async function take(sandboxId: string): Promise<DesktopSnapshot> {
  const path = `/v1/desktop/sandboxes/${sandboxId}/snapshots`;
  const { status, body } = await test.call<DesktopSnapshot>('POST', path, { withVolumes: true });
  expect(status, JSON.stringify(body)).toBe(202);
  return waitFor('the snapshot to settle', async () => {
    const current = await snapshot(body.snapshot.id);
    return current.snapshot.status.state === 'Creating' ? undefined : current;
  });
}

async function restore(snapshotId: string): Promise<string> {
  return (await test.createSandbox({ snapshotId, image: undefined })).id;
}

async function mountsOf(sandboxId: string): Promise<DesktopSandbox['volumes']> {
  return (await test.call<DesktopSandbox>('GET', `/v1/desktop/sandboxes/${sandboxId}`)).body.volumes;
}

async function volumeNames(label: string): Promise<string[]> {
  const { Volumes: found } = await test.docker.listVolumes({ filters: { label: [label] } });
  return found.map((each) => each.Name).sort();
}

/** Names of the images that hold volumes of this server's snapshots. */
async function volumeImages(): Promise<string[]> {
  const filters = { label: [`${LABEL_INSTANCE}=${test.instanceId}`], reference: ['opensandbox-volumes'] };
  const found = await test.docker.listImages({ filters: JSON.stringify(filters) });
  return found.flatMap((each) => each.RepoTags ?? []).sort();
}

async function helpers(): Promise<string[]> {
  const filters = { label: [`${LABEL_INSTANCE}=${test.instanceId}`] };
  const found = await test.docker.listContainers({ all: true, filters });
  return found.flatMap((each) => each.Names).filter((name) => !/^\/opensandbox-sbx_[0-9a-z]+$/.test(name));
}

describe('a snapshot with volumes', () => {
  it('gives each sandbox that starts from it a volume of its own with the content of that moment', async () => {
    const { id } = await test.createSandbox({ volumes: [volume('/data'), volume('/data/inner')] });
    await shell(id, 'cd /data; echo then > file; ln file other; ln -s file link; mkdir -m 2750 team');
    await shell(
      id,
      'chown 7:8 /data/file; chmod 1777 /data; echo inside > /data/inner/file; echo root > /mine',
    );
    const taken = await take(id);
    await shell(id, 'echo now > /data/file; rm -r /data/team');

    expect(taken.snapshot.status.state).toBe('Ready');
    expect(taken.volumeCopies?.map((copy) => copy.mountPath)).toEqual(['/data', '/data/inner']);
    const [first, second] = await Promise.all([restore(taken.snapshot.id), restore(taken.snapshot.id)]);
    expect(await shell(first, 'cat /data/file /data/inner/file /mine; ls /data/inner')).toBe(
      'then\ninside\nroot\nfile\n',
    );
    expect(await shell(first, "cd /data; stat -c '%a %u %g %h' . file team; readlink link")).toBe(
      '1777 0 0 4\n644 7 8 2\n2750 0 0 2\nfile\n',
    );
    await shell(first, 'echo mine > /data/file');
    expect(await shell(second, 'cat /data/file')).toBe('then\n');
    expect(await shell(id, 'cat /data/file')).toBe('now\n');

    const all = [...(await mountsOf(id)), ...(await mountsOf(first)), ...(await mountsOf(second))];
    expect(new Set(all.map((mount) => mount.source)).size).toBe(6);
    expect((await mountsOf(first)).map((mount) => mount.fromSnapshotId)).toEqual([
      taken.snapshot.id,
      taken.snapshot.id,
    ]);
    expect(await volumeNames(`${LABEL_ID}=${first}`)).toHaveLength(2);
    await test.call('DELETE', `/v1/sandboxes/${first}`);
    expect(await volumeNames(`${LABEL_ID}=${first}`)).toEqual([]);
    expect(await helpers()).toEqual([]);
  });

  it('says what it holds and what not, is counted with its volumes and takes them along when it is deleted', async () => {
    const { id } = await test.createSandbox({ volumes: [volume('/data'), volume('/plain')] });
    await shell(id, `head -c ${3 * MEBIBYTE} /dev/urandom > /data/file`);
    const plain = await test.takeSnapshot(id);
    const taken = await take(id);

    expect((await snapshot(plain.id)).volumeCopies).toBeUndefined();
    const notCaptured = await waitFor('what is not captured', async () => {
      const found = await Promise.all([snapshot(plain.id), snapshot(taken.snapshot.id)]);
      const lists = found.map((each) => each.notCaptured?.volumes.map((mount) => mount.mountPath).sort());
      return lists.includes(undefined) ? undefined : lists;
    });
    expect(notCaptured).toEqual([['/data', '/plain'], []]);
    expect(taken.volumeCopies?.[0]?.sizeBytes).toBe(3 * MEBIBYTE);
    const names = [0, 1].map((slot) => `opensandbox-volumes:${taken.snapshot.id}-${slot}`);
    expect(await volumeImages()).toEqual(expect.arrayContaining(names));
    const { body: images } = await test.call<{ items: LocalImage[] }>('GET', '/v1/desktop/images');
    expect(images.items.filter((image) => image.name.startsWith('opensandbox-volumes'))).toEqual([]);
    const { body: disk } = await test.call<DiskUsage>('GET', '/v1/desktop/disk');
    const onDisk = disk.snapshots.find((each) => each.id === taken.snapshot.id);
    expect(onDisk?.uniqueBytes).toBeGreaterThanOrEqual(3 * MEBIBYTE);

    const { body: reclaimed } = await test.call<ReclaimResult>('POST', '/v1/desktop/disk/reclaim', {
      snapshotIds: [taken.snapshot.id],
      leftovers: false,
      dryRun: false,
    });
    expect(reclaimed.freedBytes).toBeGreaterThanOrEqual(3 * MEBIBYTE);
    expect((await volumeImages()).filter((name) => name.includes(taken.snapshot.id))).toEqual([]);
  });

  it('is refused where there is no named volume', async () => {
    const { id } = await test.createSandbox();
    const path = `/v1/desktop/sandboxes/${id}/snapshots`;
    const { status, body } = await test.call('POST', path, { withVolumes: true });
    expect([status, body['code']]).toEqual([409, 'SNAPSHOT::NO_NAMED_VOLUMES']);
  });

  it('lets a volume that the request mounts at the same place win', async () => {
    const { id } = await test.createSandbox({ volumes: [volume('/data')] });
    await shell(id, 'echo copied > /data/file');
    const { snapshot: taken } = await take(id);
    const restored = await test.createSandbox({
      snapshotId: taken.id,
      image: undefined,
      volumes: [volume('/data/')],
    });
    expect(await shell(restored.id, 'ls /data')).toBe('');
    expect(await mountsOf(restored.id)).toHaveLength(1);
  });

  it('fails as a whole and leaves nothing when a volume cannot be copied', async () => {
    const shared = volume('/data');
    const first = volume('/first');
    const { id } = await test.createSandbox({ volumes: [first, shared] });
    await shell(id, 'echo small > /first/file');
    // Another sandbox, which is not frozen, takes the file away from under the copy, whenever that begins.
    const other = await test.createSandbox({
      entrypoint: [
        'sh',
        '-c',
        `while :; do truncate -s ${LARGE} /data/large; sleep 0.5; : > /data/large; done`,
      ],
      volumes: [{ ...shared, pvc: { claimName: shared.pvc.claimName } }],
    });
    const before = await volumeImages();
    const failed = await take(id);
    await test.call('DELETE', `/v1/sandboxes/${other.id}`);
    expect(failed.snapshot.status).toMatchObject({ state: 'Failed', reason: 'snapshot_runtime_failed' });
    expect(failed.snapshot.status.message).toContain(`The volume ${shared.pvc.claimName} at /data`);
    expect(await volumeImages()).toEqual(before);
    expect(await helpers()).toEqual([]);
    expect(await shell(id, 'cat /first/file')).toBe('small\n');
    const { body } = await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${id}`);
    expect(body.status.state).toBe('Running');
  });

  it('says after an export and an import that its volumes are not in it', async () => {
    const { id } = await test.createSandbox({ volumes: [volume('/data')] });
    const { snapshot: taken } = await take(id);
    const { archive } = await exportSnapshot(test, taken.id);
    await test.call('DELETE', `/v1/snapshots/${taken.id}`);
    expect((await importSnapshot(test, archive)).status).toBe(202);
    const imported = await snapshot(taken.id);
    expect(imported.volumeCopies).toBeUndefined();
    expect(imported.notCaptured?.volumes.map((mount) => mount.mountPath)).toEqual(['/data']);
    expect(await mountsOf(await restore(taken.id))).toEqual([]);
  });

  it('says what to do when the image of a volume was removed by hand', async () => {
    const { id } = await test.createSandbox({ volumes: [volume('/data')] });
    const { snapshot: taken } = await take(id);
    await test.docker.getImage(`opensandbox-volumes:${taken.id}-0`).remove();
    const { status, body } = await test.call('POST', '/v1/sandboxes', {
      snapshotId: taken.id,
      resourceLimits: {},
    });
    expect([status, body['code']]).toEqual([409, 'SNAPSHOT::VOLUME_COPY_MISSING']);
    expect(body['message']).toContain('mount a volume of your own at /data');
  });
});

describe('going back to a snapshot with volumes', () => {
  it('mounts new volumes, keeps those of before for Undo, and leaves no copy that nobody mounts', async () => {
    const own = volume('/data');
    const { id } = await test.createSandbox({ volumes: [own, volume('/other')] });
    await shell(id, 'echo good > /data/file; echo kept > /other/file');
    const { snapshot: good } = await take(id);
    await shell(id, 'echo bad > /data/file');
    const rollback = `/v1/desktop/sandboxes/${id}/rollback`;

    const task = await runTask(test, rollback, { snapshotId: good.id });
    expect(task.state, JSON.stringify(task.error)).toBe('Succeeded');
    expect(await shell(id, 'cat /data/file /other/file')).toBe('good\nkept\n');
    const copies = await volumeNames(`${LABEL_ID}=${id}`);
    expect(await execIn(test.docker, test.containerOf(id), ['sh', '-c', 'echo later > /data/file'])).toBe('');

    const undo = await runTask(test, rollback, { snapshotId: task.result?.['safetySnapshotId'] });
    expect(undo.state, JSON.stringify(undo.error)).toBe('Succeeded');
    expect(await shell(id, 'cat /data/file')).toBe('bad\n');
    const mounted = (await mountsOf(id)).map((mount) => mount.source);
    const left = await volumeNames(`${LABEL_ID}=${id}`);
    expect(left.filter((name) => !copies.includes(name))).toEqual(mounted.sort());
    // The sandbox's own volumes are the only others: copies of the first roll back went.
    expect(left.filter((name) => name.startsWith('opensandbox-'))).toEqual(mounted);
    await test.call('DELETE', `/v1/sandboxes/${id}`);
    expect(await volumeNames(`${LABEL_ID}=${id}`)).toEqual([]);
  });

  it('takes the new volumes away again when the command cannot run on the files', async () => {
    const { id } = await test.createSandbox({
      entrypoint: ['sh', '-c', 'test ! -e /broken && exec sleep 100000'],
      volumes: [volume('/data')],
    });
    await shell(id, 'touch /broken');
    const { snapshot: broken } = await take(id);
    await shell(id, 'rm /broken; echo here > /data/file');
    const before = await volumeNames(`${LABEL_ID}=${id}`);
    const task = await runTask(test, `/v1/desktop/sandboxes/${id}/rollback`, {
      snapshotId: broken.id,
      safetySnapshot: false,
    });
    expect(task.state).toBe('Failed');
    expect(await shell(id, 'cat /data/file')).toBe('here\n');
    expect(await volumeNames(`${LABEL_ID}=${id}`)).toEqual(before);
    expect(await helpers()).toEqual([]);
  });
});
