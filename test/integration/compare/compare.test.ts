import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChangedPath, Comparison, FileComparison } from '../../../src-main/http/schemas/compare';
import { execIn, SCRATCH_ENTRYPOINT, SCRATCH_IMAGE } from '../../support/docker';
import { createTestBackend, type SnapshotAnswer, type TestBackend } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

const BEFORE = `
set -e
mkdir -p /w/full/deep /w/again /w/gone/inner /w/swap
cd /w
echo same > same; echo old > edited; echo mode > mode; echo owner > owner; echo time > time
echo doomed > doomed; echo x > full/deep/kept; echo a > again/old; echo b > gone/inner/file
echo file > file-to-folder; mkdir folder-to-file; echo c > folder-to-file/child
ln -s same link; ln edited hard; echo s > swap/s; mkfifo pipe
`;
const AFTER = `
set -e
cd /w
echo new content > edited; chmod 600 mode; chown 12:34 owner; touch -t 200001020304.05 time
rm doomed; rm -rf gone; rm -rf again; mkdir again; echo n > again/new
rm file-to-folder; mkdir file-to-folder; echo c > file-to-folder/child
rm -r folder-to-file; echo now > folder-to-file
rm link; ln -s edited link
echo added > added; ln added added-hard; ln -s nowhere dangling
printf 'odd' > "$(printf 'line\\nbreak')"; echo u > 'Grüße-世界'
long=$(printf 'n%.0s' $(seq 1 200)); mkdir -p "$long/$long"; echo long > "$long/$long/file"
echo w > .hidden
`;

let test: TestBackend;
let sandboxId: string;
let first: SnapshotAnswer;
let second: SnapshotAnswer;
beforeAll(async () => {
  test = await createTestBackend();
  sandboxId = (await test.createSandbox()).id;
  await sh(BEFORE);
  first = await test.takeSnapshot(sandboxId, 'before');
  await sh(AFTER);
  second = await test.takeSnapshot(sandboxId, 'after');
});
afterAll(() => test.dispose());

async function sh(script: string, id = sandboxId): Promise<void> {
  const said = await execIn(test.docker, test.containerOf(id), ['sh', '-c', script]);
  expect(said).toBe('');
}

async function compare(from: string, to: string, more = ''): Promise<Comparison> {
  const { status, body } = await test.call<Comparison>(
    'GET',
    `/v1/desktop/compare?from=${from}&to=${to}${more}`,
  );
  expect({ status, body: status === 200 ? undefined : body }).toEqual({ status: 200, body: undefined });
  return body;
}

/** One short line per change: sign, path, and what of it. */
function lines(items: readonly ChangedPath[]): string[] {
  const signs = { added: '+', removed: '-', changed: '~' };
  return items.map((item) => {
    const kind =
      item.kindBefore !== undefined && item.kindAfter !== undefined && item.kindBefore !== item.kindAfter
        ? ` ${item.kindBefore}>${item.kindAfter}`
        : '';
    const mode =
      item.change === 'changed' && kind === '' && item.modeBefore !== item.modeAfter ? ' mode' : '';
    const owner = item.ownerAfter === undefined ? '' : ` owner ${item.ownerAfter}`;
    const content = item.change === 'changed' && item.contentChanged && kind === '' ? ' content' : '';
    return `${signs[item.change]} ${item.path}${kind}${mode}${owner}${content}`;
  });
}

const LONG = 'n'.repeat(200);
const EXPECTED = [
  '+ /w/.hidden',
  '+ /w/Grüße-世界',
  '+ /w/added',
  '+ /w/added-hard',
  '+ /w/again/new',
  '- /w/again/old',
  '+ /w/dangling',
  '- /w/doomed',
  '~ /w/edited content',
  '~ /w/file-to-folder file>directory',
  '+ /w/file-to-folder/child',
  '~ /w/folder-to-file directory>file',
  '- /w/folder-to-file/child',
  '- /w/gone',
  '- /w/gone/inner',
  '- /w/gone/inner/file',
  '~ /w/hard content',
  '+ /w/line\nbreak',
  '~ /w/link content',
  '~ /w/mode mode',
  `+ /w/${LONG}`,
  `+ /w/${LONG}/${LONG}`,
  `+ /w/${LONG}/${LONG}/file`,
  '~ /w/owner owner 12:34',
];

describe('two snapshots of one sandbox', () => {
  it('finds no difference between two sandboxes that changed nothing, of which the engine answers null', async () => {
    const [one, other] = [await test.createSandbox(), await test.createSandbox()];
    const { summary, totalItems } = await compare(one.id, other.id);
    expect({ ...summary, totalItems }).toEqual({
      added: 0,
      removed: 0,
      changed: 0,
      bytesAdded: 0,
      bytesRemoved: 0,
      totalItems: 0,
    });
  });

  it('differ in exactly what was done between them, and never in times', async () => {
    const { items, summary, totalItems } = await compare(first.id, second.id);
    expect(lines(items)).toEqual(EXPECTED);
    expect(totalItems).toBe(EXPECTED.length);
    expect(summary).toMatchObject({ added: 11, removed: 6, changed: 7 });
    const edited = items.find((item) => item.path === '/w/edited');
    expect(edited).toMatchObject({ sizeBefore: 4, sizeAfter: 12, contentChanged: true });
  });

  it('differ the other way round with added and removed swapped', async () => {
    const forth = (await compare(first.id, second.id)).summary;
    const back = (await compare(second.id, first.id)).summary;
    expect(back).toEqual({
      added: forth.removed,
      removed: forth.added,
      changed: forth.changed,
      bytesAdded: forth.bytesRemoved,
      bytesRemoved: forth.bytesAdded,
    });
    expect((await compare(first.id, first.id)).items).toEqual([]);
  });

  it('come in pages that belong together', async () => {
    const paged: ChangedPath[] = [];
    let cursor: number | undefined = 0;
    while (cursor !== undefined) {
      const page: Comparison = await compare(first.id, second.id, `&limit=7&cursor=${cursor}`);
      paged.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(lines(paged)).toEqual(EXPECTED);
  });
});

describe('a live sandbox', () => {
  it('is the same as the snapshot that was just taken of it', async () => {
    expect(lines((await compare(second.id, sandboxId)).items)).toEqual([]);
    expect(lines((await compare(first.id, sandboxId)).items)).toEqual(EXPECTED);
  });

  it('shows what was done since, also against a sandbox from another snapshot', async () => {
    const restored = await test.createSandbox({ image: undefined, snapshotId: second.id });
    await sh(
      'cd /w; rm -rf again; mkdir again; echo fresh > again/fresh; echo 1 > since; rm same',
      restored.id,
    );
    const since = ['+ /w/again/fresh', '- /w/again/new', '- /w/same', '+ /w/since'];
    expect(lines((await compare(second.id, restored.id)).items)).toEqual(since);
    expect(lines((await compare(sandboxId, restored.id)).items)).toEqual(since);
    expect(lines((await compare(second.id, restored.id)).items)).toEqual(since);
    const third = await test.takeSnapshot(restored.id);
    expect(lines((await compare(second.id, third.id)).items)).toEqual(since);
    await test.call('DELETE', `/v1/sandboxes/${restored.id}`);
  });
});

describe('images without a common layer', () => {
  it('are compared file by file', async () => {
    const other = await test.createSandbox({ image: { uri: SCRATCH_IMAGE }, entrypoint: SCRATCH_ENTRYPOINT });
    const scratch = await test.takeSnapshot(other.id);
    const { items } = await compare(scratch.id, first.id);
    expect(lines(items)).toContain('- /busybox');
    expect(lines(items)).toContain('+ /w/edited');
    expect(lines(items)).toContain('+ /bin/busybox');
    await test.call('DELETE', `/v1/sandboxes/${other.id}`);
  });
});

describe('the contents of one path', () => {
  async function contents(path: string): Promise<FileComparison> {
    const url = `/v1/desktop/compare/file?from=${first.id}&to=${second.id}&path=${encodeURIComponent(path)}`;
    return (await test.call<FileComparison>('GET', url)).body;
  }

  it('come as text of both sides, through hard links and odd names', async () => {
    const edited = await contents('/w/hard');
    expect(edited.before).toMatchObject({ encoding: 'utf8', content: 'old\n', truncated: false });
    expect(edited.after).toMatchObject({ encoding: 'utf8', content: 'new content\n', sizeBytes: 12 });
    const odd = await contents('/w/line\nbreak');
    expect(odd.before).toBeUndefined();
    expect(odd.after).toMatchObject({ content: 'odd' });
    expect((await contents('/w/link')).after).toMatchObject({ kind: 'symlink', linkTarget: 'edited' });
  });

  it('are cut at a MiB, and base64 where they are no text', async () => {
    const { after } = await contents('/bin/busybox');
    expect(after).toMatchObject({ encoding: 'base64', truncated: true });
    expect(Buffer.from(after?.content ?? '', 'base64').length).toBe(2 ** 20);
  });

  it('are refused for paths that leave the filesystem, and missing ones', async () => {
    const base = `/v1/desktop/compare/file?from=${first.id}&to=${second.id}&path=`;
    for (const path of ['/w/../../etc/passwd', 'relative', '/a%00b'])
      expect((await test.call('GET', base + path)).status).toBe(400);
    expect(await test.call('GET', `${base}/nowhere`)).toMatchObject({
      status: 404,
      body: { code: 'FILE_NOT_FOUND' },
    });
  });
});

describe('what is kept and what is left', () => {
  it('answers the same after its index was deleted or damaged', async () => {
    const folder = join(test.dataDir, 'layer-index');
    await test.restart();
    for (const name of await readdir(folder)) await writeFile(join(folder, name), '{"format":1');
    expect(lines((await compare(first.id, second.id)).items)).toEqual(EXPECTED);
    await test.restart();
    await rm(folder, { recursive: true });
    expect(lines((await compare(first.id, second.id)).items)).toEqual(EXPECTED);
  });

  it('does not ask the engine for layers again once they are known', async () => {
    const names = await readdir(join(test.dataDir, 'layer-index'));
    await test.restart();
    expect(lines((await compare(first.id, second.id)).items)).toEqual(EXPECTED);
    expect(await readdir(join(test.dataDir, 'layer-index'))).toEqual(names);
  });

  it('starts nothing, and leaves no container', async () => {
    const since = Math.floor(Date.now() / 1000);
    const path = encodeURIComponent('/w/edited');
    await test.call('GET', `/v1/desktop/compare/file?from=${first.id}&to=${second.id}&path=${path}`);
    await waitFor('the readers to be gone', async () => ((await readers()).length === 0 ? true : undefined));
    const events = await test.docker.getEvents({
      since,
      until: Math.floor(Date.now() / 1000) + 1,
      filters: { label: [`io.opensandbox.desktop.instance=${test.instanceId}`] },
    });
    let told = '';
    for await (const chunk of events) told += String(chunk);
    expect(told).toContain('"status":"create"');
    expect(told).not.toContain('"status":"start"');
  });

  it('removes readers that a crash left', async () => {
    const { id: left } = await test.docker.createContainer({
      Image: `opensandbox-snapshots:${first.id}`,
      Cmd: ['x'],
      Labels: {
        'io.opensandbox.desktop.kind': 'reader',
        'io.opensandbox.desktop.id': 'left',
        'io.opensandbox.desktop.instance': test.instanceId,
      },
    });
    expect(await readers()).toEqual([left]);
    await test.restart();
    await waitFor('the leftover to be gone', async () => ((await readers()).length === 0 ? true : undefined));
  });

  async function readers(): Promise<string[]> {
    const label = [
      `io.opensandbox.desktop.instance=${test.instanceId}`,
      'io.opensandbox.desktop.kind=reader',
    ];
    return (await test.docker.listContainers({ all: true, filters: { label } })).map((each) => each.Id);
  }
});

describe('a comparison that cannot be made', () => {
  it('says which id is unknown', async () => {
    const answer = await test.call('GET', `/v1/desktop/compare?from=${first.id}&to=snap_none`);
    expect(answer).toMatchObject({ status: 404, body: { code: 'COMPARE::NOT_FOUND' } });
    expect((await test.call('GET', `/v1/desktop/compare?from=${first.id}`)).status).toBe(400);
  });
});
