import { afterAll, beforeAll, it } from 'vitest';
import type { SandboxAnswer, TestBackend } from '../../support/test-backend';
import { createNetworklessBackend } from './networkless';
import { waitFor } from '../../support/wait-for';

const SANDBOXES = 12;

let test: TestBackend;
beforeAll(async () => {
  test = await createNetworklessBackend();
});
afterAll(() => test.dispose());

it('notices a main process that ends before its create is answered', async () => {
  for (let made = 0; made < SANDBOXES; made += 1) await test.createSandbox({ entrypoint: ['true'] });
  const shown = async () => {
    const { body } = await test.call<{ items: SandboxAnswer[] }>('GET', '/v1/sandboxes?state=Terminated');
    return body.items.length;
  };
  await waitFor('every end to show', async () => ((await shown()) === SANDBOXES ? true : undefined), 2_000);
});
