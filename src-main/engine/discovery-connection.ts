import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../errors';
import { homeOf, readDockerContexts } from './discovery-contexts';

const PLAIN_PORT = 2375;
const TLS_PORT = 2376;

/** What reaches an engine; dockerode and node:http both take it as it is. */
export type ConnectionOptions =
  | { socketPath: string }
  | {
      host: string;
      port: number;
      protocol: 'http' | 'https';
      ca?: string;
      cert?: string;
      key?: string;
      /** Only for a Docker context with SkipTLSVerify. */
      rejectUnauthorized?: false;
    };

interface TlsSource {
  folder: string;
  skipVerify: boolean;
}

/** Writes an endpoint the one way that it is compared and shown: a bare path is a socket, `host:port` is TCP. */
export function normalizeEndpoint(endpoint: string): string {
  const text = endpoint.trim();
  if (text.startsWith('/')) return `unix://${text}`;
  return text.includes('://') ? text : `tcp://${text}`;
}

/**
 * Translates an endpoint, with the TLS files of `DOCKER_CERT_PATH` or of the Docker context that names it.
 * @throws AppError `DOCKER::INITIALIZATION_ERROR` for an endpoint that cannot be used, saying what to do instead.
 */
export function connectionOptions(endpoint: string, environment: NodeJS.ProcessEnv): ConnectionOptions {
  const normalized = normalizeEndpoint(endpoint);
  const [scheme = '', rest = ''] = normalized.split('://', 2);
  switch (scheme) {
    case 'unix':
    case 'npipe':
      if (rest === '') throw unusable(`${endpoint} names no socket; write unix:///path/to/docker.sock.`);
      return { socketPath: rest };
    case 'tcp':
    case 'http':
    case 'https':
      return tcpOptions(normalized, environment);
    case 'ssh':
      throw unusable(
        `SSH endpoints are not supported. Forward the socket and use the forwarded one: ` +
          `ssh -nNT -L /tmp/docker-remote.sock:/var/run/docker.sock ${sshTarget(rest)} & ` +
          `export DOCKER_HOST=unix:///tmp/docker-remote.sock`,
      );
    default:
      throw unusable(`${endpoint} is no Docker endpoint; use unix://, npipe:// or tcp://.`);
  }
}

function tcpOptions(endpoint: string, environment: NodeJS.ProcessEnv): ConnectionOptions {
  const url = parseUrl(endpoint);
  const tls = tlsSource(endpoint, environment);
  const secure = tls !== undefined || endpoint.startsWith('https:');
  const target = {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port === '' ? (secure ? TLS_PORT : PLAIN_PORT) : url.port),
  };
  if (!secure) return { ...target, protocol: 'http' };
  return {
    ...target,
    protocol: 'https',
    ...(tls === undefined ? {} : readTlsFiles(tls.folder)),
    ...(tls?.skipVerify === true ? { rejectUnauthorized: false as const } : {}),
  };
}

function parseUrl(endpoint: string): URL {
  try {
    // As `tcp:`, because the URL class drops the port from `http://host:80`.
    const url = new URL(endpoint.replace(/^https?:/, 'tcp:'));
    if (url.hostname !== '') return url;
  } catch {
    // Falls through to the one message for both.
  }
  throw unusable(`${endpoint} names no host and port; write tcp://host:2375.`);
}

function tlsSource(endpoint: string, environment: NodeJS.ProcessEnv): TlsSource | undefined {
  const host = environment['DOCKER_HOST'];
  const verify = environment['DOCKER_TLS_VERIFY'];
  if (host !== undefined && normalizeEndpoint(host) === endpoint) {
    if (verify === undefined || verify === '') return undefined;
    const folder = environment['DOCKER_CERT_PATH'] ?? join(homeOf(environment), '.docker');
    return { folder, skipVerify: false };
  }
  const context = readDockerContexts(environment).contexts.find(
    (entry) => normalizeEndpoint(entry.endpoint) === endpoint,
  );
  if (context === undefined || Object.keys(readTlsFiles(context.tlsFolder)).length === 0) return undefined;
  return { folder: context.tlsFolder, skipVerify: context.skipTlsVerify };
}

function readTlsFiles(folder: string): { ca?: string; cert?: string; key?: string } {
  const files: { ca?: string; cert?: string; key?: string } = {};
  for (const name of ['ca', 'cert', 'key'] as const) {
    try {
      files[name] = readFileSync(join(folder, `${name}.pem`), 'utf8');
    } catch {
      // Each of the three is optional: the system's authorities, or no client certificate.
    }
  }
  return files;
}

function sshTarget(rest: string): string {
  const [target = '', port] = (rest.split('/')[0] ?? '').split(':');
  return port === undefined ? target : `-p ${port} ${target}`;
}

function unusable(message: string): AppError {
  return new AppError(503, 'DOCKER::INITIALIZATION_ERROR', message);
}
