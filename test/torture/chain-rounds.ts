import type { ImageInspectInfo } from 'dockerode';
import { expect } from 'vitest';
import { LABEL_INSTANCE } from '../../src-main/engine/labels';
import { FLATTEN_AT } from '../../src-main/snapshots/flatten';
import { execIn } from '../support/docker';
import { tarWithCapability } from '../support/capability-tar';
import { createTestBackend, type SnapshotAnswer, type TestBackend } from '../support/test-backend';

/** Whatever a filesystem can hold that a careless copy loses. */
const FURNISH = `
set -e
cd /workspace
echo first > plain; chmod 640 plain; chown 12:34 plain
mkdir -p deep/er; echo inner > deep/er/file; chmod 2750 deep
ln -s ../nowhere dangling; ln -s plain link
ln plain hard
printf x | dd of=sparse bs=1 seek=8388608 2>/dev/null
echo odd > 'spaces  and "quotes"'; echo umlaut > 'Grüße-世界'; echo raw > "$(printf 'latin-\\344')"
long=$(printf 'n%.0s' $(seq 1 200)); mkdir -p "$long/$long"; echo long > "$long/$long/file"
mkfifo pipe; chmod 600 pipe
cp /bin/busybox suid; chmod 4755 suid
touch -t 200001020304.05 old
echo gone > doomed; rm doomed; rm /etc/profile
`;
/** One line per file with all that must stay the same, and digests of the content. */
const TELL = `
cd /workspace
find . ! -name 'generation-*' ! -name . | sort | while read -r f; do stat -c '%n|%F|%a|%u:%g|%h|%s|%Y|%N' "$f"; done
find . -type f ! -name 'generation-*' | sort | while read -r f; do sha256sum "$f"; done
ls -i plain hard | awk '{ print $1 }' | uniq | wc -l
ls /etc/profile doomed 2>&1
`;

/**
 * Snapshot, restore, snapshot, over and over: the chain is flattened on its way, and every file stays as it was.
 * @param image what the first sandbox starts from; one with many layers comes to the flattening sooner
 */
export async function chainRounds({
  generations,
  image,
}: {
  generations: number;
  image: string;
}): Promise<void> {
  const test = await createTestBackend();
  try {
    await passOn(test, generations, image);
  } finally {
    await test.dispose();
  }
}

async function passOn(test: TestBackend, generations: number, image: string): Promise<void> {
  const sh = (sandboxId: string, script: string) =>
    execIn(test.docker, test.containerOf(sandboxId), ['sh', '-c', script]);
  let sandbox = await test.createSandbox({ image: { uri: image } });
  await sh(sandbox.id, FURNISH);
  const { tar, record } = tarWithCapability('capable');
  await test.docker.getContainer(test.containerOf(sandbox.id)).putArchive(tar, { path: '/workspace' });
  const told = await sh(sandbox.id, TELL);
  expect(told).toContain('No such file');
  const base = (await test.docker.getImage(image).inspect()).Config;
  let deepest = 0;
  let flattened = 0;
  let previous: SnapshotAnswer | undefined;
  for (let generation = 1; generation <= generations; generation += 1) {
    const add = `echo ${generation} > /workspace/generation-${generation}; rm -f /workspace/generation-${generation - 2}`;
    await sh(sandbox.id, add);
    const snapshot = await test.takeSnapshot(sandbox.id);
    const layers = (await imageOf(test, snapshot.id)).RootFS.Layers?.length ?? 0;
    if (layers === 1) flattened += 1;
    deepest = Math.max(deepest, layers);
    await test.call('DELETE', `/v1/sandboxes/${sandbox.id}`);
    if (previous !== undefined) await test.call('DELETE', `/v1/snapshots/${previous.id}`);
    previous = snapshot;
    sandbox = await test.createSandbox({ image: undefined, snapshotId: snapshot.id });
  }
  expect(flattened).toBeGreaterThan(0);
  expect(deepest).toBeLessThan(FLATTEN_AT);
  expect(await sh(sandbox.id, TELL)).toBe(told);
  expect((await archived(test, sandbox.id, '/workspace/capable')).includes(record)).toBe(true);
  expect(await sh(sandbox.id, 'ls -1d /workspace/generation-*')).toBe(
    `/workspace/generation-${generations - 1}\n/workspace/generation-${generations}\n`,
  );
  const last = await imageOf(test, previous?.id ?? '');
  for (const key of ['Env', 'Cmd', 'Entrypoint', 'WorkingDir', 'User'] as const)
    expect(last.Config[key] ?? []).toEqual(base[key] ?? []);

  await test.call('DELETE', `/v1/sandboxes/${sandbox.id}`);
  await test.call('DELETE', `/v1/snapshots/${previous?.id ?? ''}`);
  const filters = JSON.stringify({ label: [`${LABEL_INSTANCE}=${test.instanceId}`] });
  expect(await test.docker.listImages({ filters, all: true })).toEqual([]);
  expect(await test.docker.listContainers({ filters, all: true })).toEqual([]);
}

/** The tar of one path, as the engine makes it. */
async function archived(test: TestBackend, sandboxId: string, path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const stream = await test.docker.getContainer(test.containerOf(sandboxId)).getArchive({ path });
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function imageOf({ docker }: TestBackend, snapshotId: string): Promise<ImageInspectInfo> {
  return docker.getImage(`opensandbox-snapshots:${snapshotId}`).inspect();
}
