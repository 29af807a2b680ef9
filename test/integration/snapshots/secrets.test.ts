import { generateKeyPairSync } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Task } from '../../../src-main/http/schemas/desktop';
import type { SecretsReport } from '../../../src-main/http/schemas/secrets';
import tar from 'tar-stream';
import { execIn } from '../../support/docker';
import { REGISTRY_USER, startRegistry } from '../../support/registry';
import { exportSnapshot, importSnapshot } from '../../support/snapshot-archive';
import { runTask } from '../../support/tasks';
import { waitFor } from '../../support/wait-for';
import { createTestBackend, type SnapshotAnswer, type TestBackend } from '../../support/test-backend';

/** Each recognisable wherever it turns up; none of them opens anything. */
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});
const SECRETS = {
  github: `ghp_${'a1B2c3D4e5F6'.repeat(3)}`,
  aws: 'wJa1rXUtnFEMIxK7MDENGxbPxRfiCYqZ3vT9KEY1',
  npm: `npm_${'aB3dE6'.repeat(6)}`,
  'private key': privateKey.split('\n')[3] ?? '',
  label: `ghp_${'z9Y8x7W6v5U4'.repeat(3)}`,
};
const LARGE_BYTES = 3 * 2 ** 20;

let test: TestBackend;
let parent: SnapshotAnswer;
let child: SnapshotAnswer;

/** What the server told, to be looked through for secrets. */
const told: string[] = [];

async function scan(id: string, body: object = {}) {
  const answer = await test.call<SecretsReport>('POST', `/v1/desktop/snapshots/${id}/secrets-scan`, body);
  told.push(JSON.stringify(answer));
  return answer;
}

async function write(sandboxId: string, files: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const script = 'mkdir -p "$(dirname "$1")" && printf %s "$2" > "$1"';
    await execIn(test.docker, test.containerOf(sandboxId), ['sh', '-c', script, 'sh', path, content]);
  }
}

beforeAll(async () => {
  test = await createTestBackend();
  const first = await test.createSandbox();
  await write(first.id, {
    '/srv/old-key.pem': privateKey,
    '/srv/stays': 'another name of what stays',
    '/srv/[odd] name*.env': `# the rest is quiet\nGITHUB_TOKEN=${SECRETS.github}\n`,
  });
  await execIn(test.docker, test.containerOf(first.id), [
    'sh',
    '-c',
    'ln /srv/old-key.pem /srv/key-twice; ln /srv/stays /srv/stays-twice',
  ]);
  parent = await test.takeSnapshot(first.id);
  const second = await test.createSandbox({ image: undefined, snapshotId: parent.id, entrypoint: undefined });
  await write(second.id, {
    '/root/.aws/credentials': `[default]\naws_secret_access_key = ${SECRETS.aws}\n`,
    '/root/.npmrc': `# secretlint-disable\n//registry.npmjs.org/:_authToken=${SECRETS.npm}\n`,
    '/srv/quiet.txt': 'nothing to see here\n',
  });
  await execIn(test.docker, test.containerOf(second.id), [
    'sh',
    '-c',
    `rm /srv/old-key.pem /srv/key-twice; head -c 5000 /bin/busybox > /srv/program; yes ghp_ | head -c ${LARGE_BYTES} > /srv/large.txt`,
  ]);
  child = await test.takeSnapshot(second.id, 'with secrets');
  await test.call('PATCH', `/v1/desktop/snapshots/${child.id}`, { labels: { token: SECRETS.label } });
});
afterAll(() => test.dispose());

describe('looking for secrets in a snapshot', () => {
  it('finds them in each layer above the base image, also what a later layer removed', async () => {
    const { status, body } = await scan(child.id);
    expect(status).toBe(200);
    const inFiles = body.findings.flatMap((each) =>
      each.place === 'file'
        ? [[each.path, each.rule, each.line, each.isVisible, body.layers - each.layer]]
        : [],
    );
    expect(inFiles).toEqual([
      ['/root/.aws/credentials', 'aws', 2, true, 0],
      ['/root/.npmrc', 'npm', 2, true, 0],
      ['/root/.npmrc', 'npm', 2, true, 0],
      ['/srv/[odd] name*.env', 'github', 2, true, 1],
      ['/srv/key-twice', 'privatekey', 1, false, 1],
    ]);
    expect(body.baseLayers).toBe(body.layers - 2);
  });

  it('finds them in what travels beside the layers', async () => {
    const { body } = await scan(child.id);
    expect(body.findings.filter((each) => each.place !== 'file')).toMatchObject([
      { place: 'label', name: 'token', rule: 'github', leaveOut: 'label:token' },
    ]);
  });

  it('says what it did not look into', async () => {
    const { body } = await scan(child.id);
    expect(body.skipped).toEqual({ large: 1, binary: 1, unread: 0 });
    expect(body.maxFileBytes).toBeLessThan(LARGE_BYTES);
    expect(body.scannedFiles).toBeGreaterThanOrEqual(5);
  });

  it('names a secret without telling it, in answers, tasks, activity and the data folder', async () => {
    const { body } = await scan(child.id);
    expect(body.findings.map((each) => each.preview)).toContain('GITHUB_TOKEN=••••••••');
    for (const path of ['tasks', 'activity']) {
      told.push(JSON.stringify((await test.call('GET', `/v1/desktop/${path}`)).body));
    }
    const kept = await keptFindings();
    expect(kept).toContain('srv/key-twice');
    for (const secret of Object.values(SECRETS))
      expect([...told, kept].join('').includes(secret.slice(0, 20))).toBe(false);
  });

  it('reads each layer once, and again when what was kept is gone', async () => {
    const before = await scanTasks();
    await scan(child.id);
    // The parent's layer was looked through with the child's.
    const { body } = await scan(parent.id);
    expect(body.findings.map((each) => each.place === 'file' && each.isVisible)).toEqual([true, true]);
    expect(await scanTasks()).toEqual(before);
    await rm(join(test.dataDir, 'secret-findings'), { recursive: true });
    expect((await scan(parent.id)).body.findings).toEqual(body.findings);
    expect((await scanTasks()).length).toBe(before.length + 1);
  });

  it('looks into the base image when asked to', async () => {
    const { body } = await scan(parent.id, { includeBase: true });
    expect(body.baseLayers).toBe(0);
    expect(body.skipped.large + body.skipped.binary).toBeGreaterThan(0);
  });

  it('can be cancelled, and is done from the beginning afterwards', async () => {
    const { id } = await test.createSandbox();
    // Of all texts these take the rules longest, some seconds in sum.
    const copies = 'i=1; while [ $i -lt 30 ]; do cp /srv/0 /srv/$i; i=$((i+1)); done';
    const script = `head -c 750000 /dev/urandom | base64 > /srv/0; ${copies}`;
    await execIn(test.docker, test.containerOf(id), ['sh', '-c', script]);
    const large = await test.takeSnapshot(id);
    const looking = scan(large.id);
    const task = await waitFor('the look to begin', async () => (await scanTasks('Running'))[0]);
    expect((await test.call('DELETE', `/v1/desktop/tasks/${task}`)).status).toBe(202);
    const { status, body } = await looking;
    expect([status, body]).toMatchObject([409, { code: 'TASK::CANCELLED' }]);
    expect(await scanTasks('Cancelled')).toEqual([task]);
    expect((await scan(large.id)).body.scannedFiles).toBe(30);
  });

  it('is refused for a snapshot that does not exist', async () => {
    expect((await scan('snap_none')).status).toBe(404);
  });
});

/** The layers of an exported archive, one after the other. */
async function layersOf(archive: Buffer): Promise<Buffer> {
  const layers: Buffer[] = [];
  const extract = tar.extract();
  extract.end(archive);
  for await (const entry of extract) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry) chunks.push(chunk as Uint8Array);
    if (entry.header.size > 0) layers.push(Buffer.concat(chunks));
  }
  return Buffer.concat(layers);
}

describe('a snapshot that leaves without what was found', () => {
  const LEFT_OUT = ['github', 'aws', 'private key'] as const;
  let archive: Buffer;

  beforeAll(async () => {
    const { body } = await scan(child.id);
    const leaveOut = body.findings.flatMap((each) =>
      each.place === 'file' && each.rule !== 'npm' ? [each.leaveOut] : [],
    );
    const answer = await exportSnapshot(test, child.id, leaveOut);
    expect(answer.status).toBe(200);
    ({ archive } = answer);
  });

  it('has no byte of it in any layer, and everything else', async () => {
    const whole = await layersOf((await exportSnapshot(test, child.id)).archive);
    const layers = await layersOf(archive);
    for (const name of LEFT_OUT) {
      expect(whole.includes(SECRETS[name])).toBe(true);
      expect(layers.includes(SECRETS[name])).toBe(false);
    }
    for (const kept of [SECRETS.npm, 'nothing to see here', 'another name of what stays'])
      expect(layers.includes(kept)).toBe(true);
    expect(await readdir(join(test.dataDir, 'left-out'))).toEqual([]);
  });

  it('is announced before anything is made', async () => {
    const preview = { leaveOut: ['/srv/*', '/root/.aws/*'] };
    const path = `/v1/desktop/snapshots/${child.id}/leave-out-preview`;
    const { status, body } = await test.call('POST', path, preview);
    expect(status).toBe(200);
    // What was once in the folder, what is in it now, and the one file.
    expect(body).toEqual({ paths: 9, layers: 2, texts: 0 });
    expect((await test.call('POST', path, { leaveOut: ['/srv/none'] })).status).toBe(400);
  });

  it('stays as it is here', async () => {
    const { body } = await scan(child.id);
    expect(body.findings.filter((each) => each.place === 'file').length).toBe(5);
  });

  it('comes in again without it, says so, and starts', async () => {
    for (const { id } of [child, parent]) await test.call('DELETE', `/v1/snapshots/${id}`);
    const { status } = await importSnapshot(test, archive);
    expect(status).toBe(202);
    const { body } = await test.call<SnapshotAnswer>('GET', `/v1/snapshots/${child.id}`);
    expect(body.status).toMatchObject({
      state: 'Ready',
      message: 'Imported from an archive. 4 paths were left out of it when it was made.',
    });
    const restored = await test.createSandbox({
      image: undefined,
      snapshotId: child.id,
      entrypoint: undefined,
    });
    const list = ['sh', '-c', 'ls -A /srv /root/.aws; cat /srv/quiet.txt'];
    const listing = await execIn(test.docker, test.containerOf(restored.id), list);
    expect(listing).not.toContain('odd');
    expect(listing).not.toContain('key');
    expect(listing).not.toContain('credentials');
    expect(listing).toContain('stays-twice');
    expect(listing).toContain('nothing to see here');
    const found = (await scan(child.id)).body.findings.map((each) => each.rule);
    expect(found).toEqual(['github', 'npm', 'npm']);
  });

  it('is refused for a path that is nowhere', async () => {
    const { status, archive: answer } = await exportSnapshot(test, child.id, ['/srv/none']);
    expect(status).toBe(400);
    expect(answer.toString()).toContain('SNAPSHOT::INVALID_LEAVE_OUT');
  });

  it.each([
    ['a relative path', 'srv/quiet.txt'],
    ['a pattern that is not closed', '/srv/[a'],
    ['a way up', '/srv/../root'],
  ])('is refused for %s before anything begins', (_what, pattern) => refused(child.id, pattern));

  it('is cancelled while it is prepared, with nothing kept', async () => {
    const { id } = await test.createSandbox();
    const script = 'head -c 200000000 /dev/zero > /srv/large; echo x > /srv/small';
    await execIn(test.docker, test.containerOf(id), ['sh', '-c', `mkdir -p /srv; ${script}`]);
    const large = await test.takeSnapshot(id);
    const exporting = exportSnapshot(test, large.id, ['/srv/small']);
    const task = await waitFor('the export to begin', async () => (await exportTasks('Running'))[0]);
    expect((await test.call('DELETE', `/v1/desktop/tasks/${task}`)).status).toBe(202);
    const { status, archive: answer } = await exporting;
    expect([status, answer.toString()]).toEqual([409, expect.stringContaining('TASK::CANCELLED')]);
    expect(await exportTasks('Cancelled')).toEqual([task]);
    expect(await readdir(join(test.dataDir, 'left-out'))).toEqual([]);
  });

  it('goes to a registry without it, and leaves no image behind', async () => {
    const registry = await startRegistry();
    try {
      const reference = `${registry.host}/team/clean:v1`;
      const images = async () => (await test.docker.listImages({ all: true })).map((each) => each.Id).sort();
      const before = await images();
      const leaveOut = ['/root/.npm*', '/**/quiet.txt', '/srv/stays-twice'];
      const push = await runTask(test, `/v1/desktop/snapshots/${child.id}/push`, {
        reference,
        leaveOut,
        auth: REGISTRY_USER,
      });
      expect(push.state).toBe('Succeeded');
      expect(await images()).toEqual(before);
      await test.call('DELETE', `/v1/snapshots/${child.id}`);
      const pull = { reference, auth: REGISTRY_USER };
      expect((await runTask(test, '/v1/desktop/snapshots/pull', pull)).state).toBe('Succeeded');
      const layers = await layersOf((await exportSnapshot(test, child.id)).archive);
      expect(layers.includes(SECRETS.npm)).toBe(false);
      expect(layers.includes('nothing to see here')).toBe(false);
      // The content goes with any of its names.
      expect(layers.includes('another name of what stays')).toBe(false);
    } finally {
      await registry.stop();
    }
  });
});

describe('an image whose configuration holds secrets', () => {
  const BASE = 'opensandbox-test/told:latest';
  const IN_TEXTS = {
    variable: `ghp_${'q1W2e3R4t5Y6'.repeat(3)}`,
    label: `ghp_${'m9N8b7V6c5X4'.repeat(3)}`,
    step: `ghp_${'h1J2k3L4p5O6'.repeat(3)}`,
  };
  const CHANGES = [
    `ENV TOKEN=${IN_TEXTS.variable} KEPT=value`,
    `LABEL builder.token=${IN_TEXTS.label} builder.name=kept`,
  ];
  let told: SnapshotAnswer;
  let leaveOut: string[];

  beforeAll(async () => {
    const { id: container } = await test.docker.createContainer({
      Image: 'opensandbox-test/busybox:latest',
      Cmd: ['true'],
    });
    const [repo, tag] = BASE.split(':');
    const comment = `curl -H ${IN_TEXTS.step}`;
    await test.docker.getContainer(container).commit({ repo, tag, comment, changes: CHANGES });
    await test.docker.getContainer(container).remove();
    const { id } = await test.createSandbox({ image: { uri: BASE } });
    await write(id, { '/srv/note': 'kept' });
    told = await test.takeSnapshot(id);
    const { body } = await scan(told.id);
    const inTexts = body.findings.flatMap((each) =>
      each.place === 'file' ? [] : [[each.place, each.name, each.leaveOut]],
    );
    expect(inTexts).toEqual([
      ['environment', 'TOKEN', 'env:TOKEN'],
      ['label', 'builder.token', 'label:builder.token'],
      ['history', expect.stringMatching(/^step \d+$/), expect.stringMatching(/^history:\d+$/)],
    ]);
    leaveOut = inTexts.flatMap(([, , name]) => name ?? []);
  });
  afterAll(() => test.docker.getImage(BASE).remove({ force: true }));

  it('leaves without them, as an archive that an engine loads and a server takes in', async () => {
    const path = `/v1/desktop/snapshots/${told.id}/leave-out-preview`;
    expect((await test.call('POST', path, { leaveOut })).body).toEqual({ paths: 0, layers: 0, texts: 3 });
    const whole = await exportSnapshot(test, told.id);
    const { status, archive } = await exportSnapshot(test, told.id, leaveOut);
    expect(status).toBe(200);
    for (const secret of Object.values(IN_TEXTS)) {
      expect(whole.archive.includes(secret)).toBe(true);
      expect(archive.includes(secret)).toBe(false);
    }

    await test.call('DELETE', `/v1/snapshots/${told.id}`);
    const image = `opensandbox-snapshots:${told.id}`;
    await drained(await test.docker.loadImage(Readable.from([archive])));
    const { Config: config } = await test.docker.getImage(image).inspect();
    expect(config.Env).toContain('KEPT=value');
    expect(config.Labels).toMatchObject({ 'builder.name': 'kept' });
    expect(Object.keys(config.Labels)).not.toContain('builder.token');
    expect(JSON.stringify(await test.docker.getImage(image).history())).toContain('left out');
    // An engine that has it shows it as one of this server's own.
    await waitFor('the loaded snapshot to be seen', async () =>
      (await test.call('GET', `/v1/snapshots/${told.id}`)).status === 200 ? true : undefined,
    );
    await test.call('DELETE', `/v1/snapshots/${told.id}`);

    expect(await importSnapshot(test, archive)).toMatchObject({ status: 202, body: { state: 'Succeeded' } });
    const { body } = await test.call<SnapshotAnswer>('GET', `/v1/snapshots/${told.id}`);
    expect(body.status.message).toBe(
      'Imported from an archive. 3 texts were left out of it when it was made.',
    );
    expect((await scan(told.id)).body.findings).toEqual([]);
    const restored = await test.createSandbox({
      image: undefined,
      snapshotId: told.id,
      entrypoint: undefined,
    });
    const printed = await execIn(test.docker, test.containerOf(restored.id), [
      'sh',
      '-c',
      'env; cat /srv/note',
    ]);
    expect(printed).toContain('KEPT=value');
    expect(printed).not.toContain('TOKEN');
  });

  it('goes to a registry without its own labels of the snapshot, where those are left out', async () => {
    const secret = `ghp_${'k5J4h3G2f1D0'.repeat(3)}`;
    await test.call('PATCH', `/v1/desktop/snapshots/${told.id}`, { labels: { token: secret, team: 'kept' } });
    const registry = await startRegistry();
    try {
      const reference = `${registry.host}/team/quiet:v1`;
      const wish = { reference, leaveOut: ['label:token', 'env:KEPT'], auth: REGISTRY_USER };
      expect((await runTask(test, `/v1/desktop/snapshots/${told.id}/push`, wish)).state).toBe('Succeeded');
      await test.call('DELETE', `/v1/snapshots/${told.id}`);
      const pull = { reference, auth: REGISTRY_USER };
      expect((await runTask(test, '/v1/desktop/snapshots/pull', pull)).state).toBe('Succeeded');
      const { archive } = await exportSnapshot(test, told.id);
      expect(archive.includes(secret)).toBe(false);
      expect(archive.includes('KEPT=value')).toBe(false);
      expect(archive.includes('team')).toBe(true);
    } finally {
      await registry.stop();
    }
  });

  it.each([
    ['a variable that is not there', 'env:NONE'],
    ['a label that is not there', 'label:none'],
    ['a label of this product', 'label:io.opensandbox.desktop.id'],
    ['a step beyond the last', 'history:999'],
    ['a step that is no number', 'history:first'],
  ])('is refused for %s before anything begins', (_what, name) => refused(told.id, name));
});

/** Neither an export nor a push without it begins. */
async function refused(snapshotId: string, leaveOut: string): Promise<void> {
  const tasks = async () => (await test.call('GET', '/v1/desktop/tasks')).body;
  const before = await tasks();
  const exported = await exportSnapshot(test, snapshotId, [leaveOut]);
  const push = { reference: 'localhost:1/team/refused:v1', leaveOut: [leaveOut] };
  const pushed = await test.call('POST', `/v1/desktop/snapshots/${snapshotId}/push`, push);
  const answers = [
    [exported.status, JSON.parse(exported.archive.toString())],
    [pushed.status, pushed.body],
  ];
  for (const answer of answers)
    expect(answer).toEqual([
      400,
      { code: 'SNAPSHOT::INVALID_LEAVE_OUT', message: expect.stringContaining(leaveOut) as string },
    ]);
  expect(await tasks()).toEqual(before);
}

async function drained(stream: NodeJS.ReadableStream): Promise<void> {
  stream.resume();
  await finished(stream);
}

function scanTasks(state?: Task['state']): Promise<string[]> {
  return tasksOf('snapshot.secrets', state);
}

function exportTasks(state: Task['state']): Promise<string[]> {
  return tasksOf('snapshot.export', state);
}

async function tasksOf(kind: Task['kind'], state?: Task['state']): Promise<string[]> {
  const { body } = await test.call<{ items: Task[] }>('GET', '/v1/desktop/tasks');
  const found = body.items.filter((task) => task.kind === kind);
  return found.filter((task) => state === undefined || task.state === state).map((task) => task.id);
}

async function keptFindings(): Promise<string> {
  const folder = join(test.dataDir, 'secret-findings');
  const names = await readdir(folder);
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('\n');
}
