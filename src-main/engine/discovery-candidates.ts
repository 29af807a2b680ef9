import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { normalizeEndpoint } from './discovery-connection';
import { homeOf, readDockerContexts } from './discovery-contexts';
import type { EngineSource } from './discovery-types';

/** Whose machine is looked at; the real one unless a test says otherwise. */
export interface DiscoveryPlace {
  environment: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
  /** Prefix of the well-known absolute paths, `/` on a real machine. */
  root: string;
  uid: number;
}

/** An endpoint to ping; `unknownContext` stands for a context name that leads nowhere. */
export interface CandidateEndpoint {
  source: EngineSource;
  name: string;
  endpoint: string;
  unknownContext?: true;
}

/** All endpoints worth a ping, in the order of preference, each once. */
export function listCandidates(
  place: DiscoveryPlace,
  pickedEndpoint: string | undefined,
): CandidateEndpoint[] {
  const host = place.environment['DOCKER_HOST'];
  const all = [
    ...(isGiven(pickedEndpoint) ? [candidate('setting', 'Settings', pickedEndpoint)] : []),
    ...(isGiven(host) ? [candidate('DOCKER_HOST', 'DOCKER_HOST', host)] : []),
    ...contextCandidates(place),
    ...wellKnownCandidates(place),
  ];
  const seen = new Set<string>();
  return all.filter((entry) => {
    const identity = entry.unknownContext === true ? `context ${entry.name}` : identityOf(entry.endpoint);
    return seen.has(identity) ? false : seen.add(identity);
  });
}

function contextCandidates(place: DiscoveryPlace): CandidateEndpoint[] {
  const { current, contexts } = readDockerContexts(place.environment);
  const named = (source: EngineSource, name: string): CandidateEndpoint[] => {
    if (name === 'default')
      return defaultSockets(place)
        .slice(0, 1)
        .map((entry) => ({ ...entry, source, name }));
    const context = contexts.find((entry) => entry.name === name);
    if (context === undefined) return [{ source, name, endpoint: '', unknownContext: true }];
    return [candidate(source, name, context.endpoint)];
  };
  const wanted = place.environment['DOCKER_CONTEXT'];
  return [
    ...(isGiven(wanted) ? named('DOCKER_CONTEXT', wanted) : []),
    ...(current === undefined ? [] : named('current-context', current)),
    ...contexts.map((entry) => candidate('context', entry.name, entry.endpoint)),
  ];
}

function wellKnownCandidates(place: DiscoveryPlace): CandidateEndpoint[] {
  return [...defaultSockets(place), ...productSockets(place)];
}

function defaultSockets({ environment, platform, root, uid }: DiscoveryPlace): CandidateEndpoint[] {
  if (platform === 'win32') return [candidate('default-socket', 'Docker', 'npipe:////./pipe/docker_engine')];
  const rootless = uid === 0 ? [] : [join(runtimeFolder(environment, root, uid), 'docker.sock')];
  return [
    socket('default-socket', 'Docker', join(root, 'var/run/docker.sock')),
    ...rootless.map((path) => socket('default-socket', 'Docker (rootless)', path)),
  ];
}

function productSockets(place: DiscoveryPlace): CandidateEndpoint[] {
  const { environment, platform } = place;
  if (platform === 'win32') {
    return [
      candidate('docker-desktop', 'Docker Desktop', 'npipe:////./pipe/dockerDesktopLinuxEngine'),
      candidate('podman', 'Podman machine', 'npipe:////./pipe/podman-machine-default'),
    ];
  }
  const home = homeOf(environment);
  const colima = environment['COLIMA_HOME'] ?? join(home, '.colima');
  const desktop = platform === 'darwin' ? '.docker/run/docker.sock' : '.docker/desktop/docker.sock';
  return [
    socket('docker-desktop', 'Docker Desktop', join(home, desktop)),
    socket('colima', 'Colima', join(colima, 'default', 'docker.sock')),
    socket(
      'colima',
      'Colima',
      join(environment['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'colima/default/docker.sock'),
    ),
    ...(platform === 'darwin'
      ? [socket('orbstack', 'OrbStack', join(home, '.orbstack/run/docker.sock'))]
      : []),
    socket('rancher-desktop', 'Rancher Desktop', join(home, '.rd/docker.sock')),
    ...podmanSockets(place, home),
  ];
}

function podmanSockets(
  { environment, platform, root, uid }: DiscoveryPlace,
  home: string,
): CandidateEndpoint[] {
  if (platform === 'darwin') {
    const temporary = environment['TMPDIR'];
    return [
      ...(temporary === undefined
        ? []
        : [socket('podman', 'Podman machine', join(temporary, 'podman/podman-machine-default-api.sock'))]),
      socket('podman', 'Podman machine', join(home, '.local/share/containers/podman/machine/podman.sock')),
    ];
  }
  return [
    socket('podman', 'Podman', join(root, 'run/podman/podman.sock')),
    socket('podman', 'Podman (rootless)', join(runtimeFolder(environment, root, uid), 'podman/podman.sock')),
  ];
}

function runtimeFolder(environment: NodeJS.ProcessEnv, root: string, uid: number): string {
  return environment['XDG_RUNTIME_DIR'] ?? join(root, 'run/user', String(uid));
}

function socket(source: EngineSource, name: string, path: string): CandidateEndpoint {
  return candidate(source, name, `unix://${path}`);
}

function candidate(source: EngineSource, name: string, endpoint: string): CandidateEndpoint {
  return { source, name, endpoint: normalizeEndpoint(endpoint) };
}

function isGiven(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== '';
}

/** Products link their socket to the default path, and `/var/run` to `/run`: the same socket counts once. */
function identityOf(endpoint: string): string {
  if (!endpoint.startsWith('unix://')) return endpoint;
  try {
    return `unix://${realpathSync(endpoint.slice('unix://'.length))}`;
  } catch {
    return endpoint;
  }
}
