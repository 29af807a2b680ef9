import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LABEL_INSTANCE } from '../../../src-main/engine/labels';
import { FLATTEN_AT } from '../../../src-main/snapshots/flatten';
import { execIn } from '../../support/docker';
import { tarWithCapability } from '../../support/capability-tar';
import { createTestBackend, type SnapshotAnswer, type TestBackend } from '../../support/test-backend';

const GENERATIONS = 200;
/** Minutes on a fast machine; no goal, only an end. */
const CHAIN_TIMEOUT_MS = 20 * 60_000;

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

let test: TestBackend;
beforeAll(async () => {
  test = await createTestBackend();
});
afterAll(() => test.dispose());

async function sh(sandboxId: string, script: string): Promise<string> {
  return execIn(test.docker, test.containerOf(sandboxId), ['sh', '-c', script]);
}

/** The tar of one path, as the engine makes it. */
async function archived(sandboxId: string, path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const stream = await test.docker.getContainer(test.containerOf(sandboxId)).getArchive({ path });
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function layersOf(snapshotId: string): Promise<string[]> {
  const image = await test.docker.getImage(`opensandbox-snapshots:${snapshotId}`).inspect();
  return image.RootFS.Layers ?? [];
}

describe('a chain of snapshot, restore, snapshot', () => {
  it(
    `goes on for ${GENERATIONS} generations and keeps every file as it was`,
    async () => {
      let sandbox = await test.createSandbox();
      await sh(sandbox.id, FURNISH);
      const { tar, record } = tarWithCapability('capable');
      await test.docker.getContainer(test.containerOf(sandbox.id)).putArchive(tar, { path: '/workspace' });
      const told = await sh(sandbox.id, TELL);
      expect(told).toContain('No such file');
      const config = (await test.docker.getContainer(test.containerOf(sandbox.id)).inspect()).Image;
      const base = (await test.docker.getImage(config).inspect()).Config;
      let deepest = 0;
      let flattened = 0;
      let previous: SnapshotAnswer | undefined;
      for (let generation = 1; generation <= GENERATIONS; generation += 1) {
        const add = `echo ${generation} > /workspace/generation-${generation}; rm -f /workspace/generation-${generation - 2}`;
        await sh(sandbox.id, add);
        const snapshot = await test.takeSnapshot(sandbox.id);
        const layers = (await layersOf(snapshot.id)).length;
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
      expect((await archived(sandbox.id, '/workspace/capable')).includes(record)).toBe(true);
      expect(await sh(sandbox.id, 'ls -1d /workspace/generation-*')).toBe(
        `/workspace/generation-${GENERATIONS - 1}\n/workspace/generation-${GENERATIONS}\n`,
      );
      const last = await test.docker.getImage(`opensandbox-snapshots:${previous?.id ?? ''}`).inspect();
      for (const key of ['Env', 'Cmd', 'Entrypoint', 'WorkingDir', 'User'] as const)
        expect(last.Config[key] ?? []).toEqual(base[key] ?? []);

      await test.call('DELETE', `/v1/sandboxes/${sandbox.id}`);
      await test.call('DELETE', `/v1/snapshots/${previous?.id ?? ''}`);
      const filters = JSON.stringify({ label: [`${LABEL_INSTANCE}=${test.instanceId}`] });
      expect(await test.docker.listImages({ filters, all: true })).toEqual([]);
      expect(await test.docker.listContainers({ filters, all: true })).toEqual([]);
    },
    CHAIN_TIMEOUT_MS,
  );
});
