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
    const { status, body } = await server.call('GET', '/v1/openapi.json');
    expect(status).toBe(200);
    expect(body).toHaveProperty('paths');
  } finally {
    await server.dispose();
  }
});
