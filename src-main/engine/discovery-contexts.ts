import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** One entry of the Docker CLI's context store. */
export interface DockerContext {
  name: string;
  endpoint: string;
  skipTlsVerify: boolean;
  /** Folder that may hold `ca.pem`, `cert.pem` and `key.pem`. */
  tlsFolder: string;
}

export interface DockerContexts {
  /** `currentContext` of `config.json`; absent means the default socket. */
  current?: string;
  contexts: DockerContext[];
}

/** The user's home folder as the environment tells it, so that a test or another user can be looked at. */
export function homeOf(environment: NodeJS.ProcessEnv): string {
  return environment['HOME'] ?? environment['USERPROFILE'] ?? homedir();
}

/** Where the Docker CLI keeps its configuration. */
export function dockerConfigFolder(environment: NodeJS.ProcessEnv): string {
  return environment['DOCKER_CONFIG'] ?? join(homeOf(environment), '.docker');
}

/**
 * Reads what `docker context ls` would show, without the Docker CLI. Unreadable or foreign files count as
 * absent: they are somebody else's and no reason to stop looking.
 */
export function readDockerContexts(environment: NodeJS.ProcessEnv): DockerContexts {
  const folder = dockerConfigFolder(environment);
  const current = textAt(readJson(join(folder, 'config.json')), 'currentContext');
  const contexts = contextIds(folder)
    .map((id) => readContext(folder, id))
    .filter((context) => context !== undefined)
    .sort((a, b) => a.name.localeCompare(b.name));
  return current === undefined || current === 'default' ? { contexts } : { current, contexts };
}

function contextIds(folder: string): string[] {
  try {
    return readdirSync(join(folder, 'contexts', 'meta'));
  } catch {
    return [];
  }
}

function readContext(folder: string, id: string): DockerContext | undefined {
  const meta = readJson(join(folder, 'contexts', 'meta', id, 'meta.json'));
  const docker = valueAt(valueAt(meta, 'Endpoints'), 'docker');
  const name = textAt(meta, 'Name');
  const endpoint = textAt(docker, 'Host');
  if (name === undefined || endpoint === undefined) return undefined;
  const tlsFolder = join(
    folder,
    'contexts',
    'tls',
    createHash('sha256').update(name).digest('hex'),
    'docker',
  );
  return { name, endpoint, skipTlsVerify: valueAt(docker, 'SkipTLSVerify') === true, tlsFolder };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** An own member of whatever JSON.parse made. */
export function valueAt(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([name]) => name === key)?.[1];
}

function textAt(value: unknown, key: string): string | undefined {
  const text = valueAt(value, key);
  return typeof text === 'string' && text !== '' ? text : undefined;
}
