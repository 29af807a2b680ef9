import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STARTER_IMAGE } from '../../src-main/engine/starter-image';
import { TEST_API_KEY } from '../support/test-backend';
import { waitFor } from '../support/wait-for';
import { OfficialSdk } from './official-sdk';

const run = promisify(execFile);

describe('the first snapshot of the README', () => {
  let sdk: OfficialSdk;
  let folder: string;
  let madeStarter = false;
  beforeAll(async () => {
    sdk = await OfficialSdk.start();
    folder = await mkdtemp(join(tmpdir(), 'opensandbox-readme-'));
    const images = await sdk.docker.listImages({ filters: JSON.stringify({ reference: [STARTER_IMAGE] }) });
    if (images.length > 0) return;
    madeStarter = true;
    await sdk.raw('POST', '/v1/desktop/images/starter');
    await waitFor('the starter image', async () => {
      const answer = await sdk.raw('GET', '/v1/desktop/images');
      const { items } = (await answer.json()) as { items: { name: string }[] };
      return items.some(({ name }) => name === STARTER_IMAGE) ? true : undefined;
    });
  });
  afterAll(async () => {
    await sdk.stop();
    if (madeStarter) await sdk.docker.getImage(STARTER_IMAGE).remove();
    await rm(folder, { recursive: true, force: true });
  });

  it('runs as it stands, with the SDK as a user installs it', async () => {
    const readme = await readFile(resolve('README.md'), 'utf8');
    const script = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    await writeFile(join(folder, 'first.mjs'), script);
    await symlink(resolve('node_modules'), join(folder, 'node_modules'));
    const { stdout } = await run(process.execPath, ['first.mjs'], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        OPEN_SANDBOX_DOMAIN: `localhost:${sdk.server.port}`,
        OPEN_SANDBOX_API_KEY: TEST_API_KEY,
      },
    });
    expect(stdout).toBe('made by a command\n\nmade by an upload\n');
  });
});
