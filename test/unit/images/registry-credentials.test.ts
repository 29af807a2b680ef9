import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCredentials } from '../../../src-main/images/registry-credentials';

const HOST = 'registry.example.com:5000';

let folder: string;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opensandbox-credentials-'));
  environment = { DOCKER_CONFIG: folder, PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` };
  // Speaks the protocol of docker-credential-helpers; what it does depends on which registry it is asked for.
  const script = `#!/bin/sh
[ "$1" = get ] || exit 9
read -r server
case "$server" in
  ${HOST}) echo '{"ServerURL":"x","Username":"helped","Secret":"from-helper"}' ;;
  https://index.docker.io/v1/) echo '{"Username":"<token>","Secret":"a-token"}' ;;
  broken) echo 'the password from-helper cannot be shown'; exit 1 ;;
  chatty) echo 'from-helper' ;;
  *) echo 'credentials not found in native keychain'; exit 1 ;;
esac
`;
  await writeFile(join(folder, 'docker-credential-test'), script);
  await chmod(join(folder, 'docker-credential-test'), 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function find(host: string, config: unknown) {
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  await writeFile(join(folder, 'config.json'), text);
  return findCredentials(host, environment);
}

function basic(text: string): { auth: string } {
  return { auth: Buffer.from(text).toString('base64') };
}

describe('credentials of the Docker configuration', () => {
  it('are none where there is no configuration, or nothing for this registry', async () => {
    expect(await findCredentials(HOST, { DOCKER_CONFIG: join(folder, 'none') })).toBeUndefined();
    expect(await find(HOST, { auths: { 'other.example.com': basic('a:b') } })).toBeUndefined();
  });

  it('are read as the Docker CLI writes them, a colon in the password included', async () => {
    const auths = { [HOST]: basic('me:pass:word') };
    expect(await find(HOST, { auths })).toEqual({ username: 'me', password: 'pass:word' });
    expect(await find(HOST, { auths: { [`https://${HOST}/v1/`]: basic('old:way') } })).toEqual({
      username: 'old',
      password: 'way',
    });
    expect(await find(HOST, { auths: { [HOST]: { identitytoken: 'token' } } })).toEqual({
      identitytoken: 'token',
    });
    expect(await find('docker.io', { auths: { 'https://index.docker.io/v1/': basic('hub:user') } })).toEqual({
      username: 'hub',
      password: 'user',
    });
  });

  it('come from the helper for this registry, else from the one for all', async () => {
    const helped = { username: 'helped', password: 'from-helper' };
    expect(await find(HOST, { credHelpers: { [HOST]: 'test' }, credsStore: 'missing' })).toEqual(helped);
    expect(await find(HOST, { credsStore: 'test' })).toEqual(helped);
    expect(await find('docker.io', { credsStore: 'test' })).toEqual({ identitytoken: 'a-token' });
  });

  it('come from the file when the helper has none', async () => {
    const auths = { 'elsewhere.example.com': basic('kept:here') };
    expect(await find('elsewhere.example.com', { credsStore: 'test', auths })).toEqual({
      username: 'kept',
      password: 'here',
    });
  });

  it.each([
    ['a helper that is not installed', HOST, { credsStore: 'missing' }, 'docker-credential-missing'],
    ['a helper whose name leads elsewhere', HOST, { credsStore: '../test' }, 'cannot be one'],
    ['a helper that fails', 'broken', { credsStore: 'test' }, 'ended with code 1'],
    ['a helper that answers anything', 'chatty', { credsStore: 'test' }, 'something else than JSON'],
    ['a configuration that is cut', HOST, '{"auths": {"x": {"auth": "from-helper', 'is no JSON'],
  ])('fail clearly and tell no secret: %s', async (_what, host, config, words) => {
    const failure: unknown = await find(host, config).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'REGISTRY::CREDENTIALS_FAILED' });
    expect(String(failure)).toContain(words);
    expect(String(failure)).not.toContain('from-helper');
  });
});
