import { readdir } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { startTestServer } from '../../support/server-api';
import { waitFor } from '../../support/wait-for';

it('loads what it loads late also when it runs with the code that an earlier start compiled', async () => {
  const server = await startTestServer();
  try {
    await waitFor('the compiled code to be kept', async () =>
      (await readdir('out/main')).some((name) => /^server\.cjs\..*\.cache$/.test(name)) ? true : undefined,
    );
    await server.process.end('SIGKILL');
    await server.start();
    for (const path of ['/v1/openapi.json', '/v1/docs'])
      expect([path, (await server.call('GET', path)).status]).toEqual([path, 200]);
  } finally {
    await server.dispose();
  }
});
