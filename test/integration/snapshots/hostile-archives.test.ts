import { createHash, randomBytes } from 'node:crypto';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import tar, { type Pack } from 'tar-stream';
import { readableOf } from '../../../src-main/engine/tar-streams';
import { exportSnapshot, importSnapshot } from '../../support/snapshot-archive';
import {
  createTestBackend,
  TEST_API_KEY,
  type SnapshotAnswer,
  type TestBackend,
} from '../../support/test-backend';

type Entry = [header: Parameters<Pack['entry']>[0], content?: string];

const MIB = 2 ** 20;

let test: TestBackend;
let snapshot: SnapshotAnswer;
let parts: Map<string, Buffer>;
/** A folder of this machine with a file that no archive may reach, and no archive may write beside. */
let folder: string;
const secret = randomBytes(12).toString('hex');

beforeAll(async () => {
  test = await createTestBackend();
  folder = await mkdtemp(join(tmpdir(), 'opensandbox-hostile-'));
  await writeFile(join(folder, 'secret'), secret);
  const { id } = await test.createSandbox();
  snapshot = await test.takeSnapshot(id);
  parts = await partsOf((await exportSnapshot(test, snapshot.id)).archive);
  await test.call('DELETE', `/v1/snapshots/${snapshot.id}`);
});
afterAll(async () => {
  await test.dispose();
  await rm(folder, { recursive: true, force: true });
});

async function partsOf(archive: Buffer): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const extract = tar.extract();
  extract.end(archive);
  for await (const entry of extract) found.set(entry.header.name, await buffer(entry));
  return found;
}

function packed(entries: readonly Entry[]): Promise<Buffer> {
  const pack = tar.pack();
  for (const [header, content = ''] of entries) pack.entry(header, content);
  pack.finalize();
  return buffer(readableOf(pack));
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** The snapshot's archive with one more layer, and whatever `change` makes of its configuration. */
async function archiveWith(
  layer: Buffer,
  change: (config: string) => string = (text) => text,
): Promise<Buffer> {
  const [manifest] = JSON.parse(parts.get('manifest.json')?.toString() ?? '') as [
    { Config: string; Layers: string[] },
  ];
  const config = JSON.parse(parts.get(manifest.Config)?.toString() ?? '') as {
    rootfs: { diff_ids: string[] };
    history?: object[];
  };
  config.rootfs.diff_ids.push(`sha256:${sha256(layer)}`);
  config.history?.push({ created_by: 'hostile' });
  const changed = Buffer.from(change(JSON.stringify(config)));
  const name = `${sha256(layer)}.tar`;
  const names = { Config: `${sha256(changed)}.json`, Layers: [...manifest.Layers, name] };
  const pack = tar.pack();
  for (const file of new Set(manifest.Layers)) pack.entry({ name: file }, parts.get(file) ?? '');
  pack.entry({ name }, layer);
  pack.entry({ name: names.Config }, changed);
  pack.entry({ name: 'manifest.json' }, JSON.stringify([{ ...names, RepoTags: null }]));
  pack.finalize();
  return buffer(readableOf(pack));
}

async function textOf(path: string): Promise<string> {
  const response = await test.backend.http.inject({
    url: path,
    headers: { 'open-sandbox-api-key': TEST_API_KEY, host: 'localhost' },
  });
  return response.rawPayload.toString('latin1');
}

/** Everything that the API shows of the snapshot's files at a path. */
async function shown(path: string): Promise<string> {
  const files = `/v1/desktop/snapshots/${snapshot.id}/files`;
  const at = `path=${encodeURIComponent(path)}`;
  const asked = [`${files}?${at}`, `${files}/content?${at}`, `${files}/content?${at}&format=tar`];
  return (await Promise.all(asked.map(textOf))).join('\n');
}

describe('a layer that reaches out of its filesystem', () => {
  const outside = (name: string) => join(folder, name);

  it.each<[string, () => Entry[], string]>([
    ['by going up', () => [[{ name: `${'../'.repeat(12)}${outside('up').slice(1)}` }, 'written']], '/up'],
    ['by an absolute path', () => [[{ name: outside('absolute') }, 'written']], '/absolute'],
    [
      'through a symlink',
      () => [[{ name: 'way', type: 'symlink', linkname: folder }], [{ name: 'way/through' }, 'written']],
      '/way/through',
    ],
    [
      'by a symlink to a file',
      () => [[{ name: 'link', type: 'symlink', linkname: outside('secret') }]],
      '/link',
    ],
    [
      'by a symlink that goes up',
      () => [[{ name: 'link', type: 'symlink', linkname: `${'../'.repeat(12)}${outside('secret')}` }]],
      '/link',
    ],
    ['by a hard link', () => [[{ name: 'hard', type: 'link', linkname: outside('secret') }]], '/hard'],
    [
      'by a hard link that goes up',
      () => [[{ name: 'hard', type: 'link', linkname: `${'../'.repeat(12)}${outside('secret')}` }]],
      '/hard',
    ],
    [
      'by a device',
      () => [[{ name: 'device', type: 'character-device', devmajor: 1, devminor: 5 }]],
      '/device',
    ],
  ])('%s reads and writes nothing of this machine', async (_how, entries, path) => {
    const { status } = await importSnapshot(test, await archiveWith(await packed(entries())));
    expect([202, 400, 500]).toContain(status);
    for (const written of ['up', 'absolute', 'through'])
      await expect(access(outside(written))).rejects.toMatchObject({ code: 'ENOENT' });
    if (status !== 202) return;
    try {
      for (const each of [path, '/', folder, outside('secret')])
        expect(await shown(each)).not.toContain(secret);
    } finally {
      await test.call('DELETE', `/v1/snapshots/${snapshot.id}`);
    }
  });
});

describe('an archive that is made to exhaust', () => {
  it.each<[string, () => Promise<Buffer>]>([
    ['unpacks to many times its size', () => archiveWith(gzipSync(Buffer.alloc(100 * MIB)))],
    [
      'has descriptions nested without end',
      () =>
        archiveWith(Buffer.alloc(1024), (text) =>
          text.replace('{', `{"deep":${'['.repeat(1e5)}${']'.repeat(1e5)},`),
        ),
    ],
    [
      'has more files than an image',
      () =>
        packed(
          Array.from({ length: 2100 }, (_, at) => [
            { name: `${sha256(Buffer.of(at % 256, at >> 8))}.tar` },
            'x',
          ]),
        ),
    ],
    [
      'claims to be larger than any disk',
      async () => {
        const header = (await packed([[{ name: `${'a'.repeat(64)}.tar` }, 'x']])).subarray(0, 512);
        header.fill(0xff, 124, 136);
        header.fill(' ', 148, 156);
        header.write(`${header.reduce((sum, byte) => sum + byte, 0).toString(8)}\0`, 148, 'latin1');
        return Buffer.concat([header, Buffer.alloc(4096)]);
      },
    ],
  ])('is refused when it %s, and leaves nothing', async (_how, make) => {
    const { status, body } = await importSnapshot(test, await make());
    expect([status, body.code]).toEqual([
      400,
      expect.stringMatching(/^SNAPSHOT::ARCHIVE_(FOREIGN|DAMAGED)$/),
    ]);
    expect((await test.call('GET', `/v1/snapshots/${snapshot.id}`)).status).toBe(404);
  });
});
