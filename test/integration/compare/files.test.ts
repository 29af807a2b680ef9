import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileHistory, FolderListing } from '../../../src-main/http/schemas/compare';
import { eachEntry } from '../../../src-main/engine/tar-streams';
import { execIn } from '../../support/docker';
import { createTestBackend, TEST_API_KEY, type TestBackend } from '../../support/test-backend';

const FURNISH = `
set -e
mkdir -p /w/folder/deep; cd /w
printf 0123456789 > digits; echo inner > folder/deep/file; chmod 2750 folder
ln -s folder/deep way; ln -s /w/digits absolute; ln -s ../../../../etc/passwd up; ln -s loop loop; : > empty
`;

let test: TestBackend;
let sandboxId: string;
let snapshotId: string;
beforeAll(async () => {
  test = await createTestBackend();
  sandboxId = (await test.createSandbox()).id;
  await sh(sandboxId, FURNISH);
  snapshotId = (await test.takeSnapshot(sandboxId, 'furnished')).id;
});
afterAll(() => test.dispose());

async function sh(id: string, script: string): Promise<void> {
  expect(await execIn(test.docker, test.containerOf(id), ['sh', '-c', script])).toBe('');
}

function raw(path: string, headers: Record<string, string> = {}) {
  return test.backend.http.inject({
    url: `/v1/desktop/${path}`,
    headers: { 'open-sandbox-api-key': TEST_API_KEY, host: 'localhost:8080', ...headers },
  });
}

it('are listed of a sandbox that has changed nothing', async () => {
  const { id } = await test.createSandbox();
  const { status, body } = await test.call<FolderListing>('GET', `/v1/desktop/sandboxes/${id}/files?path=/`);
  expect(status).toBe(200);
  expect(body.items.map(({ name }) => name)).toContain('bin');
});

describe.each(['snapshots', 'sandboxes'])('the files of %s', (collection) => {
  const base = () => `${collection}/${collection === 'snapshots' ? snapshotId : sandboxId}/files`;
  const list = (path: string) =>
    test.call<FolderListing>('GET', `/v1/desktop/${base()}?path=${encodeURIComponent(path)}`);

  it('are listed by name, with what they are', async () => {
    const { body } = await list('/w');
    expect(body).toMatchObject({ path: '/w', kind: 'directory', totalItems: 7 });
    expect(body.items.map((item) => item.name)).toEqual([
      'absolute',
      'digits',
      'empty',
      'folder',
      'loop',
      'up',
      'way',
    ]);
    expect(body.items[1]).toMatchObject({ path: '/w/digits', kind: 'file', sizeBytes: 10, mode: 0o644 });
    expect(body.items[3]).toMatchObject({ kind: 'directory', mode: 0o2750 });
    expect(body.items[6]).toMatchObject({ kind: 'symlink', linkTarget: 'folder/deep' });
    expect((await list('/w/way')).body).toMatchObject({ path: '/w/folder/deep', totalItems: 1 });
    expect((await list('/')).body.items.map((item) => item.name)).toContain('w');
  });

  it('come in pages', async () => {
    const { body } = await test.call<FolderListing>('GET', `/v1/desktop/${base()}?path=/w&limit=3&cursor=3`);
    expect(body.items.map((item) => item.name)).toEqual(['folder', 'loop', 'up']);
    expect(body.nextCursor).toBe(6);
  });

  it('are read whole and in parts, through links that stay inside', async () => {
    const whole = await raw(`${base()}/content?path=/w/digits`);
    expect([whole.statusCode, whole.body, whole.headers['content-length']]).toEqual([
      200,
      '0123456789',
      '10',
    ]);
    expect(whole.headers['content-disposition']).toContain('filename="digits"');
    for (const [range, body, told] of [
      ['bytes=2-4', '234', 'bytes 2-4/10'],
      ['bytes=7-', '789', 'bytes 7-9/10'],
      ['bytes=-2', '89', 'bytes 8-9/10'],
    ] as const) {
      const part = await raw(`${base()}/content?path=/w/digits`, { range });
      expect([part.statusCode, part.body, part.headers['content-range']]).toEqual([206, body, told]);
    }
    expect((await raw(`${base()}/content?path=/w/digits`, { range: 'bytes=10-' })).statusCode).toBe(416);
    expect((await raw(`${base()}/content?path=/w/absolute`)).body).toBe('0123456789');
    expect((await raw(`${base()}/content?path=/w/empty`)).body).toBe('');
    const ownPasswd = await raw(`${base()}/content?path=/etc/passwd`);
    expect((await raw(`${base()}/content?path=/w/up`)).body).toBe(ownPasswd.body);
  });

  it('come as a tar with everything below', async () => {
    const answer = await raw(`${base()}/content?path=/w/folder&format=tar`);
    expect(answer.headers['content-type']).toBe('application/x-tar');
    const found = new Map<string, string>();
    await eachEntry(Readable.from([answer.rawPayload]), async (entry) => {
      found.set(entry.header.name, (await buffer(entry)).toString());
    });
    expect(found.get('folder/deep/file')).toBe('inner\n');
  });

  it('are refused where there is nothing to give', async () => {
    expect((await list('/nowhere')).status).toBe(404);
    expect((await list('/w/loop')).status).toBe(404);
    expect((await list('w')).status).toBe(400);
    expect((await list('/w/../w')).status).toBe(400);
    expect((await raw(`${base()}/content?path=/nowhere`)).statusCode).toBe(404);
    expect((await raw(`${base()}/content?path=/w/folder`)).statusCode).toBe(400);
    for (const path of ['/w/digits/below', '/w/loop', '/w/loop/below', `/w/${'n'.repeat(256)}`])
      expect((await raw(`${base()}/content?path=${path}`)).json()).toMatchObject({ code: 'FILE_NOT_FOUND' });
    expect((await raw(`${collection}/none/files`)).statusCode).toBe(404);
  });
});

describe('the history of a path', () => {
  it('tells in which snapshots of the lineage it is, and which changed it', async () => {
    const second = await test.createSandbox({ image: undefined, snapshotId });
    await sh(second.id, 'echo more >> /w/digits; echo new > /w/later');
    const changed = await test.takeSnapshot(second.id, 'changed');
    const third = await test.createSandbox({ image: undefined, snapshotId: changed.id });
    await sh(third.id, 'rm /w/later; touch /w/digits');
    const last = await test.takeSnapshot(third.id, 'last');
    const history = async (path: string) => {
      const url = `/v1/desktop/snapshots/${last.id}/files/history?path=${encodeURIComponent(path)}`;
      const { items } = (await test.call<FileHistory>('GET', url)).body;
      return items.map(({ name, state, changed: isChanged, file }) => [
        name,
        state,
        isChanged,
        file?.sizeBytes,
      ]);
    };
    expect(await history('/w/digits')).toEqual([
      ['last', 'present', false, 15],
      ['changed', 'present', true, 15],
      ['furnished', 'present', true, 10],
    ]);
    expect(await history('/w/later')).toEqual([
      ['last', 'absent', true, undefined],
      ['changed', 'present', true, 4],
      ['furnished', 'absent', false, undefined],
    ]);
    await test.docker.getImage(`opensandbox-snapshots:${changed.id}`).remove({ force: true });
    expect((await history('/w/digits')).map(([name, state]) => [name, state])).toEqual([
      ['last', 'present'],
      ['changed', 'unreadable'],
      ['furnished', 'present'],
    ]);
  });
});
