import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectionOptions } from '../../../src-main/engine/discovery-connection';
import { AppError } from '../../../src-main/errors';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'osb-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const writeTls = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true });
  await Promise.all(
    ['ca', 'cert', 'key'].map((name) => writeFile(join(folder, `${name}.pem`), `pem of ${name}`)),
  );
};

describe('connectionOptions', () => {
  it.each([
    ['unix:///var/run/docker.sock', { socketPath: '/var/run/docker.sock' }],
    ['/run/docker.sock', { socketPath: '/run/docker.sock' }],
    ['npipe:////./pipe/docker_engine', { socketPath: '//./pipe/docker_engine' }],
    ['tcp://10.0.0.5:2375', { host: '10.0.0.5', port: 2375, protocol: 'http' }],
    ['tcp://10.0.0.5:80', { host: '10.0.0.5', port: 80, protocol: 'http' }],
    ['build.example:2375', { host: 'build.example', port: 2375, protocol: 'http' }],
    ['tcp://[::1]', { host: '::1', port: 2375, protocol: 'http' }],
    ['https://build.example', { host: 'build.example', port: 2376, protocol: 'https' }],
  ])('reads %s', (endpoint, expected) => {
    expect(connectionOptions(endpoint, { HOME: home })).toEqual(expected);
  });

  it('takes the certificates of DOCKER_CERT_PATH when DOCKER_TLS_VERIFY is set, for DOCKER_HOST only', async () => {
    await writeTls(join(home, 'certs'));
    const environment = {
      HOME: home,
      DOCKER_HOST: 'tcp://build.example:2376',
      DOCKER_TLS_VERIFY: '1',
      DOCKER_CERT_PATH: join(home, 'certs'),
    };
    expect(connectionOptions('tcp://build.example:2376', environment)).toEqual({
      host: 'build.example',
      port: 2376,
      protocol: 'https',
      ca: 'pem of ca',
      cert: 'pem of cert',
      key: 'pem of key',
    });
    expect(connectionOptions('tcp://elsewhere:2375', environment)).toMatchObject({ protocol: 'http' });
  });

  it('takes the certificates of the Docker context that names the endpoint', async () => {
    const id = createHash('sha256').update('remote').digest('hex');
    await mkdir(join(home, '.docker/contexts/meta', id), { recursive: true });
    const meta = { Name: 'remote', Endpoints: { docker: { Host: 'tcp://far:2376', SkipTLSVerify: true } } };
    await writeFile(join(home, '.docker/contexts/meta', id, 'meta.json'), JSON.stringify(meta));
    await writeTls(join(home, '.docker/contexts/tls', id, 'docker'));
    expect(connectionOptions('tcp://far:2376', { HOME: home })).toMatchObject({
      protocol: 'https',
      cert: 'pem of cert',
      rejectUnauthorized: false,
    });
  });

  it.each(['ssh://me@far', 'unix://', 'tcp://', 'ftp://far'])('refuses %s with advice', (endpoint) => {
    expect(() => connectionOptions(endpoint, { HOME: home })).toThrow(AppError);
  });
});
