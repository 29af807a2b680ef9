import { connectionOptions } from './discovery-connection';
import { requestEngine } from './engine-request';
import { messageOf } from '../errors';

/** Docker 20.10, the oldest engine that the product is tested with. */
export const MINIMUM_API_VERSION = '1.41';

export type PingFailureKind =
  | 'unusable'
  | 'missing'
  | 'permission'
  | 'refused'
  | 'timeout'
  | 'hanging'
  | 'exhausted'
  | 'too-old'
  | 'not-an-engine'
  | 'unreachable';

export interface PingFailure {
  kind: PingFailureKind;
  /** What was seen, without advice. */
  detail: string;
}

const FAILURE_OF_CODE: Readonly<Record<string, PingFailureKind>> = {
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  EACCES: 'permission',
  EPERM: 'permission',
  ECONNREFUSED: 'refused',
  ENOTSOCK: 'refused',
  ECONNRESET: 'refused',
  EMFILE: 'exhausted',
  ENFILE: 'exhausted',
};

/** Asks `GET /_ping`; resolves with undefined when a Docker-compatible engine answered. Never rejects. */
export async function pingEngine(
  endpoint: string,
  environment: NodeJS.ProcessEnv,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<PingFailure | undefined> {
  let connection;
  try {
    connection = connectionOptions(endpoint, environment);
  } catch (error) {
    return { kind: 'unusable', detail: messageOf(error) };
  }
  try {
    const answer = await requestEngine(connection, {
      method: 'GET',
      path: '/_ping',
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    return judge(answer.status, answer.headers['api-version']);
  } catch (error) {
    return failureOf(error, timeoutMs, 'socketPath' in connection);
  }
}

function judge(status: number, apiVersion: string | string[] | undefined): PingFailure | undefined {
  if (status !== 200) return { kind: 'not-an-engine', detail: `answered the ping with HTTP ${status}` };
  if (typeof apiVersion !== 'string') {
    return { kind: 'not-an-engine', detail: 'something else than a Docker engine answers there' };
  }
  if (!isAtLeast(apiVersion, MINIMUM_API_VERSION)) {
    return {
      kind: 'too-old',
      detail: `speaks Docker API ${apiVersion}, at least ${MINIMUM_API_VERSION} is needed`,
    };
  }
  return undefined;
}

function isAtLeast(version: string, minimum: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [minimumMajor = 0, minimumMinor = 0] = minimum.split('.').map(Number);
  return major > minimumMajor || (major === minimumMajor && minor >= minimumMinor);
}

function failureOf(error: unknown, timeoutMs: number, isSocket: boolean): PingFailure {
  if (error instanceof Error && error.name === 'TimeoutError') {
    // Whoever accepts on a socket of this machine is there; a host in a network may be away.
    return { kind: isSocket ? 'hanging' : 'timeout', detail: `no answer in ${timeoutMs / 1000} s` };
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return { kind: FAILURE_OF_CODE[code] ?? 'unreachable', detail: messageOf(error) };
}
