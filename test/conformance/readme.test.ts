import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BUSYBOX_IMAGE } from '../support/docker';
import { TEST_API_KEY } from '../support/test-backend';
import { OfficialSdk } from './official-sdk';

const run = promisify(execFile);

let sdk: OfficialSdk;
beforeAll(async () => {
  sdk = await OfficialSdk.start();
});
afterAll(() => sdk.stop());

/** The first block of the README in a language, with this server and an image that this engine has. */
async function example(language: string): Promise<string> {
  const text = await readFile('README.md', 'utf8');
  const code = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(
    text.slice(text.indexOf('## A first snapshot')),
  )?.[1];
  if (code === undefined) throw new Error(`The README has no example in ${language}.`);
  return code
    .replaceAll('localhost:8080', `localhost:${sdk.server.port}`)
    .replaceAll('opensandbox/starter:latest', BUSYBOX_IMAGE);
}

it('lets a newcomer take and restore a snapshot with the SDK as the README says', async () => {
  const code = await example('js');
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], {
    env: {
      ...process.env,
      OPEN_SANDBOX_DOMAIN: `localhost:${sdk.server.port}`,
      OPEN_SANDBOX_API_KEY: TEST_API_KEY,
    },
  });
  expect(stdout).toBe('made by a command\n\nmade by an upload\n');
});

it('lets a newcomer do the same with curl', async () => {
  const code = (await example('sh')).replace(/^export OPEN_SANDBOX_API_KEY=.*$/m, '');
  const [functions = '', create = '', snapshot = '', restore = ''] = code.split(/^#.*$/m);
  const call = async (command: string) => {
    const { stdout } = await run('bash', ['-c', `${functions}\n${command}`], {
      env: { ...process.env, OPEN_SANDBOX_API_KEY: TEST_API_KEY },
    });
    return JSON.parse(stdout) as { id: string; status: { state: string } };
  };
  const sandbox = await call(create);
  expect(sandbox.status.state).toBe('Running');
  const { id } = await call(snapshot.replace('SANDBOX_ID', sandbox.id));
  // A sandbox's delete is answered when its accepted snapshots are there.
  expect((await sdk.raw('DELETE', `/v1/sandboxes/${sandbox.id}`)).status).toBe(204);
  expect((await call(restore.replace('SNAPSHOT_ID', id))).status.state).toBe('Running');
});
