import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import tar from 'tar-stream';
import { BUSYBOX_IMAGE, execIn } from '../../support/docker';
import { exportSnapshot, importSnapshot } from '../../support/snapshot-archive';
import { createTestBackend, type SnapshotAnswer, type TestBackend } from '../../support/test-backend';

const REPOSITORY = 'opensandbox-snapshots';
const MIDDLE_OF_LAYER = 1_000_000;

let test: TestBackend;
let snapshot: SnapshotAnswer;
let archive: Buffer;

beforeAll(async () => {
  test = await createTestBackend();
  const { id } = await test.createSandbox({
    env: { TOKEN: 'secret-value' },
    metadata: { name: 'traveller' },
  });
  await execIn(test.docker, test.containerOf(id), ['sh', '-c', 'echo kept > /workspace/note']);
  snapshot = await test.takeSnapshot(id, 'first name');
  await test.call('PATCH', `/v1/desktop/snapshots/${snapshot.id}`, {
    name: 'Größe: now/named',
    notes: 'a note',
    pinned: true,
  });
  await test.call('DELETE', `/v1/sandboxes/${id}`);
  ({ archive } = await exportSnapshot(test, snapshot.id));
});
afterAll(() => test.dispose());

async function desktop(id: string) {
  return test.call<Record<string, unknown> & { snapshot: SnapshotAnswer }>(
    'GET',
    `/v1/desktop/snapshots/${id}`,
  );
}

/** Images of the engine that carry our label or any name of a snapshot, unnamed ones included. */
async function imageIds(): Promise<string[]> {
  const images = await test.docker.listImages({
    all: true,
    filters: JSON.stringify({ label: [`io.opensandbox.desktop.id=${snapshot.id}`] }),
  });
  return images.map((each) => each.Id);
}

async function nothingIsLeft(): Promise<void> {
  expect((await desktop(snapshot.id)).status).toBe(404);
  expect(await imageIds()).toEqual([]);
  const { body } = await test.call<{ items: { state: string }[] }>('GET', '/v1/desktop/tasks');
  expect(body.items.filter((task) => task.state === 'Running')).toEqual([]);
}

async function entriesOf(
  file: Buffer,
): Promise<Map<string, { type: string; linkname: string; content: Buffer }>> {
  const entries = new Map<string, { type: string; linkname: string; content: Buffer }>();
  const extract = tar.extract();
  extract.end(file);
  for await (const entry of extract) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry) chunks.push(chunk as Uint8Array);
    const { name, type, linkname } = entry.header;
    entries.set(name, { type, linkname, content: Buffer.concat(chunks) });
  }
  return entries;
}

describe('an exported snapshot', () => {
  it('is an OCI image layout and an archive of docker save in one, under a safe file name', async () => {
    const { status, headers } = await exportSnapshot(test, snapshot.id);
    expect(status).toBe(200);
    expect(headers['content-disposition']).toBe('attachment; filename="Gro-e-now-named.opensandbox.tar"');
    const entries = await entriesOf(archive);
    expect(JSON.parse(entries.get('oci-layout')?.content.toString() ?? '')).toEqual({
      imageLayoutVersion: '1.0.0',
    });
    const blob = (digest: string) => {
      const found = entries.get(`blobs/sha256/${digest.replace('sha256:', '')}`);
      return found?.type === 'link' ? entries.get(found.linkname)?.content : found?.content;
    };
    const index = JSON.parse(entries.get('index.json')?.content.toString() ?? '') as {
      manifests: { digest: string }[];
    };
    const manifest = JSON.parse(blob(index.manifests[0]?.digest ?? '')?.toString() ?? '') as {
      config: { digest: string; size: number };
      layers: { digest: string; size: number }[];
    };
    expect(blob(manifest.config.digest)?.length).toBe(manifest.config.size);
    for (const layer of manifest.layers) expect(blob(layer.digest)?.length).toBe(layer.size);
    expect(archive.includes('secret-value')).toBe(false);
  });

  it('is refused for a snapshot that does not exist', async () => {
    expect((await exportSnapshot(test, 'snap_none')).status).toBe(404);
  });

  it('is not imported over itself', async () => {
    const before = await imageIds();
    const { status, body } = await importSnapshot(test, archive);
    expect(status).toBe(409);
    expect(body.code).toBe('SNAPSHOT::ALREADY_EXISTS');
    expect(await imageIds()).toEqual(before);
    expect((await desktop(snapshot.id)).body.snapshot.status.state).toBe('Ready');
  });
});

describe('an archive that is not what it should be', () => {
  beforeAll(async () => {
    expect((await test.call('DELETE', `/v1/snapshots/${snapshot.id}`)).status).toBe(204);
  });

  it.each([
    ['empty', 0],
    ['in its first header', 300],
    ['in a layer', MIDDLE_OF_LAYER],
    ['before its end mark', -1024],
    ['in its manifest', -2500],
  ])('is refused and leaves nothing when it is cut: %s', async (_where, length) => {
    const cut = length < 0 ? archive.subarray(0, archive.length + length) : archive.subarray(0, length);
    const { status, body } = await importSnapshot(test, cut);
    expect(status).toBe(400);
    expect(body.code).toMatch(/^SNAPSHOT::ARCHIVE_(DAMAGED|FOREIGN)$/);
    await nothingIsLeft();
  });

  it('is refused and leaves nothing when one bit of a layer flipped', async () => {
    const flipped = Buffer.from(archive);
    flipped[MIDDLE_OF_LAYER] = (flipped[MIDDLE_OF_LAYER] ?? 0) ^ 1;
    const { status, body } = await importSnapshot(test, flipped);
    expect(status).toBe(400);
    expect(body.code).toBe('SNAPSHOT::ARCHIVE_DAMAGED');
    await nothingIsLeft();
  });

  it('never makes something else of a snapshot, whichever bit of its descriptions flipped', async () => {
    const tail = Math.max(...['"architecture"', 'blobs/sha256/'].map((word) => archive.indexOf(word)));
    const step = Math.ceil((archive.length - tail) / 12);
    for (let at = tail + 37; at < archive.length; at += step) {
      const flipped = Buffer.from(archive);
      flipped[at] = (flipped[at] ?? 0) ^ 4;
      const { status } = await importSnapshot(test, flipped);
      if (status === 202) {
        // A bit that nothing depends on, such as padding.
        const { body } = await desktop(snapshot.id);
        expect(body).toMatchObject({ displayName: 'Größe: now/named', notes: 'a note', pinned: true });
        await test.call('DELETE', `/v1/snapshots/${snapshot.id}`);
      } else {
        expect(status).toBe(400);
      }
      await nothingIsLeft();
    }
  });

  it('is refused with advice when it is an image of something else', async () => {
    const saved = await test.docker.getImage(BUSYBOX_IMAGE).get();
    const chunks: Buffer[] = [];
    for await (const chunk of saved) chunks.push(Buffer.from(chunk as Uint8Array));
    const { status, body } = await importSnapshot(test, Buffer.concat(chunks));
    expect(status).toBe(400);
    expect(body.code).toBe('SNAPSHOT::ARCHIVE_FOREIGN');
    expect(body.message).toContain('docker load');
    await nothingIsLeft();
  });

  it.each([
    ['../../etc/passwd', 'file', ''],
    ['/etc/passwd', 'file', ''],
    [`${'a'.repeat(64)}/layer.tar`, 'symlink', '/etc/passwd'],
    [`${'a'.repeat(64)}/layer.tar`, 'block-device', ''],
  ] as const)('is refused when it holds %s as %s', async (name, type, linkname) => {
    const pack = tar.pack();
    pack.entry({ name, type, ...(linkname === '' ? {} : { linkname }) }, '');
    pack.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of pack) chunks.push(Buffer.from(chunk as Uint8Array));
    const { status, body } = await importSnapshot(test, Buffer.concat(chunks));
    expect(status).toBe(400);
    expect(body.code).toBe('SNAPSHOT::ARCHIVE_FOREIGN');
    await nothingIsLeft();
  });

  it('is refused when it is no tar at all', async () => {
    const { status, body } = await importSnapshot(test, Buffer.from('no tar '.repeat(1000)));
    expect(status).toBe(400);
    expect(body.message).toContain('no tar file');
    await nothingIsLeft();
  });
});

describe('an imported snapshot', () => {
  it('is the one that was exported, and can be restored, renamed and deleted', async () => {
    const { status, body } = await importSnapshot(test, archive);
    expect(status, JSON.stringify(body)).toBe(202);
    expect(body).toMatchObject({ state: 'Succeeded', result: { snapshotId: snapshot.id } });
    const imported = (await desktop(snapshot.id)).body;
    expect(imported).toMatchObject({
      displayName: 'Größe: now/named',
      sandboxName: 'traveller',
      notes: 'a note',
      pinned: true,
      readOnly: false,
      baseImage: BUSYBOX_IMAGE,
      restoreDefaults: { envNames: ['TOKEN'] },
      snapshot: { createdAt: snapshot.createdAt, sandboxId: snapshot.sandboxId, status: { state: 'Ready' } },
    });
    const sandbox = await test.createSandbox({ image: undefined, snapshotId: snapshot.id });
    const note = await execIn(test.docker, test.containerOf(sandbox.id), ['cat', '/workspace/note']);
    expect(note.trim()).toBe('kept');
    await test.call('DELETE', `/v1/sandboxes/${sandbox.id}`);
    expect((await test.call('PATCH', `/v1/desktop/snapshots/${snapshot.id}`, { name: 'again' })).status).toBe(
      200,
    );
    expect((await test.call('DELETE', `/v1/snapshots/${snapshot.id}`)).status).toBe(204);
    await nothingIsLeft();
  });

  it('comes in from what plain docker save wrote', async () => {
    await importSnapshot(test, archive);
    const saved = await test.docker.getImage(`${REPOSITORY}:${snapshot.id}`).get();
    const chunks: Buffer[] = [];
    for await (const chunk of saved) chunks.push(Buffer.from(chunk as Uint8Array));
    await test.call('DELETE', `/v1/snapshots/${snapshot.id}`);
    const { status, body } = await importSnapshot(test, Buffer.concat(chunks));
    expect(status, JSON.stringify(body)).toBe(202);
    // The name of the time of the import is in the labels since.
    expect((await desktop(snapshot.id)).body['displayName']).toBe('Größe: now/named');
  });

  it('heals a snapshot whose image was removed outside the app', async () => {
    await test.docker.getImage(`${REPOSITORY}:${snapshot.id}`).remove({ force: true });
    await expect
      .poll(async () => (await desktop(snapshot.id)).body.snapshot.status.state, { timeout: 10_000 })
      .toBe('Failed');
    expect((await importSnapshot(test, archive)).status).toBe(202);
    expect((await desktop(snapshot.id)).body.snapshot.status.state).toBe('Ready');
  });

  it('loads into any engine by docker load', async () => {
    await test.call('DELETE', `/v1/snapshots/${snapshot.id}`);
    const answer = await test.docker.loadImage(archive as unknown as NodeJS.ReadableStream);
    for await (const chunk of answer) expect(String(chunk)).not.toContain('"error"');
    await test.docker.getImage(`${REPOSITORY}:${snapshot.id}`).inspect();
    await expect.poll(async () => (await desktop(snapshot.id)).status, { timeout: 10_000 }).toBe(200);
  });
});
