import { AppError } from '../errors';
import type { CreateSandboxRequest } from '../http/schemas/sandboxes';
import type { SandboxSource } from '../store/records';
import { checkMetadata } from './metadata-rules';
import { networkFor } from './network-policy';
import { parseResourceLimits, type ParsedLimits } from './resource-limits';
import { checkVolumes, type VolumePlan } from './volume-rules';

/** CONTRACT.md 2.2: what a restore runs when the caller names nothing. */
export const DEFAULT_ENTRYPOINT: readonly string[] = ['tail', '-f', '/dev/null'];
const MAX_TIMEOUT_SECONDS = 100 * 365 * 24 * 3600;
const RENEW_EXTENSION = 'access.renew.extend.seconds';
const RENEW_SECONDS = { min: 300, max: 86_400 };

/** A create request after validation: everything is known, nothing is done yet. */
export interface CreatePlan {
  source: SandboxSource;
  auth?: { username: string; password: string };
  entrypoint: string[];
  env: Record<string, string>;
  metadata: Record<string, string>;
  timeoutSeconds?: number;
  resourceLimits: Record<string, string>;
  limits: ParsedLimits;
  platform?: { os: string; arch: string };
  network: 'bridge' | 'none';
  volumes: VolumePlan[];
  extensions: Record<string, string>;
}

/**
 * Checks a create request against the spec and CONTRACT.md 2.2, 2.7, 2.8.
 * @throws AppError 400 with the contract's code for the first thing that is wrong.
 */
export function planCreate(request: CreateSandboxRequest): CreatePlan {
  const extensions = readExtensions(request.extensions ?? {});
  const source = readSource(request);
  const entrypoint = readEntrypoint(request, source);
  if (request.resourceLimits === undefined || request.resourceLimits === null) {
    throw invalid('resourceLimits is required. Send for example {"cpu":"1","memory":"512Mi"}.');
  }
  refuseUnsupported(request);
  const resourceLimits = mapValues(request.resourceLimits, String);
  const metadata = request.metadata ?? {};
  checkMetadata(metadata);
  const platform = readPlatform(request.platform ?? undefined);
  const auth = readAuth(request);
  return {
    source,
    entrypoint,
    env: readEnv(request.env ?? {}),
    metadata,
    resourceLimits,
    limits: parseResourceLimits(resourceLimits),
    network: readNetwork(request),
    volumes: checkVolumes(request.volumes ?? []),
    extensions,
    ...(auth === undefined ? {} : { auth }),
    ...(platform === undefined ? {} : { platform }),
    ...readTimeout(request.timeout ?? undefined),
  };
}

function readSource(request: CreateSandboxRequest): SandboxSource {
  const uri = request.image?.uri.trim() ?? '';
  const snapshotId = request.snapshotId?.trim() ?? '';
  if ((uri === '') === (snapshotId === '')) {
    throw invalid('Give exactly one of image.uri and snapshotId.');
  }
  return uri === '' ? { kind: 'snapshot', snapshotId } : { kind: 'image', uri };
}

function readEntrypoint(request: CreateSandboxRequest, source: SandboxSource): string[] {
  const entrypoint = request.entrypoint ?? undefined;
  if (entrypoint === undefined) {
    if (source.kind === 'snapshot') return [...DEFAULT_ENTRYPOINT];
    throw invalid('entrypoint is required with image. Send for example ["tail","-f","/dev/null"].');
  }
  if (entrypoint.length === 0 || entrypoint[0]?.trim() === '' || entrypoint.some(hasNul)) {
    throw new AppError(
      400,
      'DOCKER::INVALID_ENTRYPOINT',
      'entrypoint must name a command, and no part of it may hold a NUL character. Send for example ["tail","-f","/dev/null"].',
    );
  }
  return entrypoint;
}

/** Null values are skipped (CONTRACT.md 2.2). What Docker would take apart wrongly is refused. */
function readEnv(env: Record<string, string | null>): Record<string, string> {
  const given = Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== null);
  for (const [name, value] of given) {
    if (name === '' || name.includes('=') || hasNul(name) || hasNul(value)) {
      throw invalid(
        `env has the variable ${JSON.stringify(name)}: a name must not be empty or hold "=", and neither name nor value may hold a NUL character.`,
      );
    }
  }
  return Object.fromEntries(given);
}

/** The kernel ends an argument or a variable at the first NUL. */
function hasNul(text: string): boolean {
  return text.includes('\0');
}

function readTimeout(timeout: number | undefined): { timeoutSeconds?: number } {
  if (timeout === undefined) return {};
  if (timeout > MAX_TIMEOUT_SECONDS) {
    throw invalid(`timeout of ${timeout} s is too long. Leave it out for a sandbox that never expires.`);
  }
  return { timeoutSeconds: timeout };
}

function readAuth(request: CreateSandboxRequest): { username: string; password: string } | undefined {
  const { username = null, password = null } = request.image?.auth ?? {};
  return username === null || password === null ? undefined : { username, password };
}

function readPlatform(
  platform: { os: string; arch: string } | undefined,
): { os: string; arch: string } | undefined {
  if (platform === undefined) return undefined;
  const os = platform.os.toLowerCase();
  const arch = platform.arch.toLowerCase();
  if (os !== 'linux' || (arch !== 'amd64' && arch !== 'arm64')) {
    throw invalid(
      `The platform ${platform.os}/${platform.arch} cannot be run here. Use linux/amd64 or linux/arm64, or leave platform out.`,
    );
  }
  return { os, arch };
}

/** Only what Docker's own networking enforces exactly is accepted; nothing is pretended (CONTRACT.md 5). */
function readNetwork(request: CreateSandboxRequest): 'bridge' | 'none' {
  const policy = request.networkPolicy ?? {};
  // An empty policy allows everything, as the reference server has it at the start of a sandbox.
  if ((policy.defaultAction ?? undefined) === undefined && (policy.egress ?? []).length === 0)
    return 'bridge';
  const network = networkFor(policy);
  if (network !== undefined) return network;
  throw invalid(
    'networkPolicy.egress has rules for single targets, which this server cannot enforce. Use defaultAction "deny" without allow rules for no network at all, or "allow" without deny rules.',
  );
}

function readExtensions(extensions: Record<string, unknown>): Record<string, string> {
  const given = Object.entries(extensions).filter(([, value]) => value !== null);
  const known = mapValues(Object.fromEntries(given), (value) =>
    typeof value === 'string' ? value : JSON.stringify(value),
  );
  if ((known['poolRef'] ?? '') !== '') {
    throw new AppError(
      400,
      'SANDBOX::UNSUPPORTED_POOL_REF',
      'extensions.poolRef needs a Kubernetes server. Leave it out and give image or snapshotId.',
    );
  }
  const renew = known[RENEW_EXTENSION];
  if (renew !== undefined) {
    const seconds = Number(renew);
    if (!/^\d+$/.test(renew) || seconds < RENEW_SECONDS.min || seconds > RENEW_SECONDS.max) {
      throw invalid(
        `extensions["${RENEW_EXTENSION}"] must be whole seconds from ${RENEW_SECONDS.min} to ${RENEW_SECONDS.max}.`,
      );
    }
  }
  return known;
}

function refuseUnsupported(request: CreateSandboxRequest): void {
  if (request.secureAccess === true) {
    throw invalid(
      'secureAccess needs a Kubernetes server with an ingress gateway. Leave it out or send false.',
    );
  }
  if (request.credentialProxy?.enabled !== true) return;
  if (request.networkPolicy === undefined || request.networkPolicy === null) {
    throw invalid('credentialProxy.enabled needs networkPolicy.');
  }
  throw new AppError(
    400,
    'SANDBOX::API_NOT_SUPPORTED',
    'credentialProxy is not available on a local Docker server. Leave it out and pass credentials in env.',
  );
}

function mapValues<T>(values: Record<string, T>, map: (value: T) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));
}

function invalid(message: string): AppError {
  return new AppError(400, 'SANDBOX::INVALID_PARAMETER', message);
}
