import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createRawServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discoverEngine, type DiscoveryOptions } from '../../../src-main/engine/discovery';
import type { DiscoveryResult } from '../../../src-main/engine/discovery-types';

let root: string;
let home: string;
const closers: (() => Promise<void>)[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'osb-'));
  home = join(root, 'home');
  await mkdir(home);
});

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
  await rm(root, { recursive: true, force: true });
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const engineOfApi =
  (version: string): Answer =>
  (_request, response) =>
    response.writeHead(200, { 'Api-Version': version }).end('OK');

async function listen(path: string, answer: Answer = engineOfApi('1.45')): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  closers.push(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  return `unix://${path}`;
}

/** Leaves a socket file behind that nobody listens on, as a killed engine does. */
async function deadSocket(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const { execFileSync } = await import('node:child_process');
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  try {
    execFileSync(process.execPath, ['-e', script]);
  } catch {
    // Killed, as intended.
  }
  return `unix://${path}`;
}

async function addContext(name: string, endpoint: string): Promise<void> {
  const id = createHash('sha256').update(name).digest('hex');
  const folder = join(home, '.docker/contexts/meta', id);
  await mkdir(folder, { recursive: true });
  const meta = { Name: name, Endpoints: { docker: { Host: endpoint, SkipTLSVerify: false } } };
  await writeFile(join(folder, 'meta.json'), JSON.stringify(meta));
}

async function setCurrentContext(name: string): Promise<void> {
  await mkdir(join(home, '.docker'), { recursive: true });
  await writeFile(join(home, '.docker/config.json'), JSON.stringify({ currentContext: name }));
}

function discover(
  environment: NodeJS.ProcessEnv = {},
  options: DiscoveryOptions & { platform?: NodeJS.Platform } = {},
): Promise<DiscoveryResult> {
  const { platform = 'linux', ...rest } = options;
  return discoverEngine({ HOME: home, ...environment }, platform, {
    root,
    uid: 1000,
    pingTimeoutMs: 300,
    ...rest,
  });
}

const reasonOf = (result: DiscoveryResult, source: string): string | undefined =>
  result.candidates.find((candidate) => candidate.source === source)?.reason;

describe('order', () => {
  it('prefers setting, DOCKER_HOST, DOCKER_CONTEXT, current context, other contexts, then known sockets', async () => {
    await addContext('wanted', 'unix:///nowhere/wanted.sock');
    await addContext('current', 'unix:///nowhere/current.sock');
    await addContext('other', 'unix:///nowhere/other.sock');
    await setCurrentContext('current');
    const result = await discover(
      { DOCKER_HOST: 'unix:///nowhere/host.sock', DOCKER_CONTEXT: 'wanted' },
      { pickedEndpoint: '/nowhere/setting.sock' },
    );
    expect(result.chosen).toBeUndefined();
    expect(result.candidates.map(({ source, name }) => `${source} ${name}`)).toEqual([
      'setting Settings',
      'DOCKER_HOST DOCKER_HOST',
      'DOCKER_CONTEXT wanted',
      'current-context current',
      'context other',
      'default-socket Docker',
      'default-socket Docker (rootless)',
      'docker-desktop Docker Desktop',
      'colima Colima',
      'colima Colima',
      'rancher-desktop Rancher Desktop',
      'podman Podman',
      'podman Podman (rootless)',
    ]);
    expect(result.candidates.every(({ outcome }) => outcome === 'passed-over')).toBe(true);
  });

  it('chooses the first that answers and does not try the rest', async () => {
    const colima = await listen(join(home, '.colima/default/docker.sock'));
    const podman = await listen(join(root, 'run/podman/podman.sock'));
    const result = await discover();
    expect(result.chosen).toMatchObject({ source: 'colima', endpoint: colima, outcome: 'chosen' });
    expect(result.help).toBeUndefined();
    expect(result.candidates.find(({ endpoint }) => endpoint === podman)?.outcome).toBe('not-tried');
  });

  it('goes on past a DOCKER_HOST that fails and says why', async () => {
    await listen(join(root, 'var/run/docker.sock'));
    const result = await discover({ DOCKER_HOST: 'unix:///nowhere/docker.sock' });
    expect(result.chosen?.source).toBe('default-socket');
    expect(reasonOf(result, 'DOCKER_HOST')).toBe('No such socket.');
  });

  it('lists a socket once, also when a product links its own to the default path', async () => {
    const desktop = join(home, '.docker/desktop/docker.sock');
    const { symlink } = await import('node:fs/promises');
    await listen(desktop);
    await mkdir(join(root, 'var/run'), { recursive: true });
    await symlink(desktop, join(root, 'var/run/docker.sock'));
    const result = await discover({ DOCKER_HOST: `unix://${desktop}` });
    const sources = result.candidates.map(({ source }) => source);
    expect(sources).toContain('DOCKER_HOST');
    expect(sources).not.toContain('docker-desktop');
    expect(result.candidates.filter(({ name }) => name === 'Docker')).toHaveLength(0);
  });

  it('reads contexts from DOCKER_CONFIG', async () => {
    const endpoint = await listen(join(root, 'ctx.sock'));
    await addContext('mine', endpoint);
    const result = await discover({ HOME: '/nonexistent', DOCKER_CONFIG: join(home, '.docker') });
    expect(result.chosen).toMatchObject({ source: 'context', name: 'mine' });
  });

  it('looks at named pipes on Windows and at OrbStack on macOS', async () => {
    const windows = await discover({}, { platform: 'win32' });
    expect(windows.candidates.map(({ endpoint }) => endpoint)).toEqual([
      'npipe:////./pipe/docker_engine',
      'npipe:////./pipe/dockerDesktopLinuxEngine',
      'npipe:////./pipe/podman-machine-default',
    ]);
    const mac = await discover({}, { platform: 'darwin' });
    expect(mac.candidates.map(({ source }) => source)).toContain('orbstack');
  });
});

describe('reasons', () => {
  it('tells a socket file without a listener from a missing one', async () => {
    await deadSocket(join(root, 'var/run/docker.sock'));
    const result = await discover();
    expect(reasonOf(result, 'default-socket')).toBe('Nothing listens there: the engine is not running.');
    expect(reasonOf(result, 'colima')).toBe('No such socket.');
    expect(result.help).toMatchObject({ kind: 'not-running' });
  });

  it('does not wait longer than its deadline for an engine that hangs', async () => {
    const path = join(root, 'hang.sock');
    const server = createRawServer((connection) => connection.resume());
    await new Promise<void>((resolve) => server.listen(path, resolve));
    closers.push(() => new Promise((resolve) => server.close(() => resolve())));
    const before = Date.now();
    const result = await discover({ DOCKER_HOST: `unix://${path}` });
    expect(reasonOf(result, 'DOCKER_HOST')).toBe(
      'It gave no answer in 0.3 s: the engine is starting or hangs.',
    );
    expect(Date.now() - before).toBeLessThan(2000);
    expect(result.help?.kind).toBe('hanging');
  });

  it('waits for a silent engine that was named, where it would pass over one that is not there', async () => {
    await listen(join(root, 'var/run/docker.sock'), engineOfApi('1.41'));
    const path = join(root, 'silent.sock');
    const server = createRawServer((connection) => connection.resume());
    await new Promise<void>((resolve) => server.listen(path, resolve));
    closers.push(() => new Promise((resolve) => server.close(() => resolve())));
    const silent = await discover({ DOCKER_HOST: `unix://${path}` });
    expect(silent.chosen).toBeUndefined();
    expect(silent.candidates.find(({ source }) => source === 'default-socket')?.outcome).toBe('not-tried');
    const absent = await discover({ DOCKER_HOST: `unix://${path}.absent` });
    expect(absent.chosen?.source).toBe('default-socket');
  });

  it('passes over an engine whose API is too old, comparing numbers and not text', async () => {
    await listen(join(root, 'var/run/docker.sock'), engineOfApi('1.9'));
    const result = await discover();
    expect(reasonOf(result, 'default-socket')).toMatch(/API 1\.9, at least 1\.41/);
    expect(result.help?.kind).toBe('too-old');
  });

  it('passes over a server that is no engine, and one that answers with an error', async () => {
    const other = await listen(join(root, 'other.sock'), (_request, response) => response.end('OK'));
    await listen(join(root, 'var/run/docker.sock'), (_request, response) => response.writeHead(503).end());
    const result = await discover({ DOCKER_HOST: other });
    expect(reasonOf(result, 'DOCKER_HOST')).toMatch(/something else than a Docker engine/);
    expect(reasonOf(result, 'default-socket')).toMatch(/HTTP 503/);
  });

  it('explains an SSH endpoint, an unknown context and an endpoint without a host', async () => {
    const result = await discover(
      { DOCKER_HOST: 'ssh://me@build.example:2222', DOCKER_CONTEXT: 'gone' },
      { pickedEndpoint: 'tcp://' },
    );
    expect(reasonOf(result, 'DOCKER_HOST')).toMatch(/ssh -nNT -L .* -p 2222 me@build\.example/);
    expect(reasonOf(result, 'DOCKER_CONTEXT')).toMatch(/No Docker context is called "gone"/);
    expect(reasonOf(result, 'setting')).toMatch(/tcp:\/\/host:2375/);
    expect(result.help?.kind).toBe('unreachable');
  });

  it.runIf(process.getuid?.() === 0)('gives the exact command when permission is missing', async () => {
    await listen(join(root, 'var/run/docker.sock'));
    await chmod(root, 0o755);
    await chmod(join(root, 'var/run/docker.sock'), 0o600);
    process.seteuid?.(65534);
    try {
      const result = await discover();
      expect(reasonOf(result, 'default-socket')).toBe(
        'Permission denied. Run: sudo usermod -aG docker "$USER" && newgrp docker',
      );
      expect(result.help).toMatchObject({
        kind: 'no-permission',
        commands: ['sudo usermod -aG docker "$USER"', 'newgrp docker'],
      });
    } finally {
      process.seteuid?.(0);
    }
  });
});

describe('help', () => {
  const release = async (text: string): Promise<void> => {
    await mkdir(join(root, 'etc'), { recursive: true });
    await writeFile(join(root, 'etc/os-release'), text);
  };

  it('names the package of the distribution, with sudo for an ordinary user', async () => {
    await release('NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n');
    expect((await discover()).help).toEqual({
      kind: 'not-installed',
      title: 'No container engine is installed',
      commands: ['sudo apt-get update', 'sudo apt-get install -y docker.io', 'sudo service docker start'],
    });
    await release('ID=fedora\n');
    expect((await discover()).help?.commands[0]).toBe('sudo dnf install -y moby-engine');
    await release('ID=arch\n');
    expect((await discover({}, { uid: 0 })).help?.commands[0]).toBe('pacman -S --noconfirm docker');
  });

  it('starts what is installed, through systemd where that runs', async () => {
    await mkdir(join(root, 'usr/sbin'), { recursive: true });
    await writeFile(join(root, 'usr/sbin/dockerd'), '');
    expect((await discover()).help).toMatchObject({
      kind: 'not-running',
      commands: ['sudo service docker start'],
    });
    await mkdir(join(root, 'run/systemd/system'), { recursive: true });
    expect((await discover()).help?.commands).toEqual(['sudo systemctl start docker']);
  });

  it('opens the application that is installed on macOS, else installs Colima; winget on Windows', async () => {
    expect((await discover({}, { platform: 'darwin' })).help?.commands).toEqual([
      'brew install colima docker',
      'colima start',
    ]);
    await mkdir(join(root, 'Applications/OrbStack.app'), { recursive: true });
    expect((await discover({}, { platform: 'darwin' })).help).toMatchObject({
      kind: 'not-running',
      commands: ['open -a OrbStack'],
    });
    expect((await discover({}, { platform: 'win32' })).help?.commands).toEqual([
      'winget install -e --id Docker.DockerDesktop',
    ]);
  });
});
