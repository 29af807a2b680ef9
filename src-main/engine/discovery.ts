import { listCandidates, type CandidateEndpoint, type DiscoveryPlace } from './discovery-candidates';
import { engineHelp, isNamed, permissionCommands, type CandidateFailure } from './discovery-help';
import { pingEngine, type PingFailure } from './discovery-ping';
import type { DiscoveryResult, EngineCandidate } from './discovery-types';

export { connectionOptions, type ConnectionOptions } from './discovery-connection';

/** Long enough for an engine that answers everything seconds late, short enough to walk past one that hangs. */
const PING_TIMEOUT_MS = 5_000;

export interface DiscoveryOptions {
  /** The endpoint chosen in Settings; looked at first. */
  pickedEndpoint?: string;
  pingTimeoutMs?: number;
  /** Prefix of the well-known absolute paths; `/` unless another system's tree is looked at. */
  root?: string;
  uid?: number;
}

/**
 * Looks for a Docker-compatible engine: the user's setting, `DOCKER_HOST`, `DOCKER_CONTEXT`, the Docker contexts,
 * the platform's default socket, then the sockets of known products. Each is pinged, because an existing socket
 * file proves nothing, and the first that answers is chosen. One that the user named
 * and that is silent is waited for: no other takes its place. Never rejects; when none answers, `help` says what
 * to do on this platform.
 */
export async function discoverEngine(
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
  options: DiscoveryOptions = {},
): Promise<DiscoveryResult> {
  const uid = options.uid ?? process.getuid?.() ?? 0;
  const place: DiscoveryPlace = { environment, platform, root: options.root ?? '/', uid };
  const timeoutMs = options.pingTimeoutMs ?? PING_TIMEOUT_MS;
  const candidates: EngineCandidate[] = [];
  const failures: CandidateFailure[] = [];
  let chosen: EngineCandidate | undefined;
  // Someone named it and it is there, but busy or stuck: another in its place would hide all that is on it.
  let isAwaited = false;
  for (const entry of listCandidates(place, options.pickedEndpoint)) {
    const base = { source: entry.source, name: entry.name, endpoint: entry.endpoint };
    if (chosen !== undefined || isAwaited) {
      candidates.push({ ...base, outcome: 'not-tried' });
      continue;
    }
    const failure = await tryCandidate(entry, environment, timeoutMs);
    if (failure === undefined) {
      chosen = { ...base, outcome: 'chosen' };
      candidates.push(chosen);
    } else {
      failures.push({ source: entry.source, kind: failure.kind });
      isAwaited = isNamed(entry.source) && (failure.kind === 'hanging' || failure.kind === 'timeout');
      candidates.push({ ...base, outcome: 'passed-over', reason: reasonFor(entry, failure) });
    }
  }
  return chosen === undefined ? { candidates, help: engineHelp(place, failures) } : { candidates, chosen };
}

async function tryCandidate(
  entry: CandidateEndpoint,
  environment: NodeJS.ProcessEnv,
  timeoutMs: number,
): Promise<PingFailure | undefined> {
  if (entry.unknownContext === true) {
    return {
      kind: 'unusable',
      detail: `No Docker context is called "${entry.name}"; see: docker context ls`,
    };
  }
  return pingEngine(entry.endpoint, environment, timeoutMs);
}

function reasonFor(entry: CandidateEndpoint, failure: PingFailure): string {
  switch (failure.kind) {
    case 'missing':
      return entry.endpoint.startsWith('npipe:') ? 'No such named pipe.' : 'No such socket.';
    case 'permission':
      return `Permission denied. Run: ${permissionCommands(entry.source).join(' && ')}`;
    case 'refused':
      return 'Nothing listens there: the engine is not running.';
    case 'timeout':
    case 'hanging':
      return `It gave ${failure.detail}: the engine is starting or hangs.`;
    case 'too-old':
      return `It ${failure.detail}. Update the engine to Docker 20.10 or later.`;
    case 'not-an-engine':
      return `No usable engine: ${failure.detail}.`;
    case 'exhausted':
      return `Cannot be tried, too many files are open: ${failure.detail}. Close some clients of this server.`;
    case 'unreachable':
      return `Cannot be reached: ${failure.detail}.`;
    case 'unusable':
      return failure.detail;
  }
}
