import type { RegistryPlace } from '../engine/registries';
import { AppError } from '../errors';
import { SNAPSHOT_REPOSITORY } from '../snapshots/snapshot-tag';

const DEFAULT_HOST = 'docker.io';
const DEFAULT_TAG = 'latest';
const MAX_REPOSITORY_LENGTH = 255;

/** The grammar of distribution/reference: `host:port/path`, then a tag or a digest. */
const REFERENCE =
  /^(?<repo>(?:(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?\/)?[a-z0-9]+(?:(?:\.|_{1,2}|-+|\/)[a-z0-9]+)*)(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;

/**
 * Reads a name as `docker push` and `docker pull` take it; without a tag it is `latest`.
 * @throws AppError 400 for what no registry can hold
 */
export function readReference(text: string): RegistryPlace {
  const { repo, tag = DEFAULT_TAG, digest } = REFERENCE.exec(text)?.groups ?? {};
  if (repo === undefined || repo.length > MAX_REPOSITORY_LENGTH) throw invalid(text, 'cannot name an image');
  if (repo === SNAPSHOT_REPOSITORY)
    throw invalid(text, 'is how snapshots are named on the engine itself, not in a registry');
  const [first = ''] = repo.split('/');
  const hasHost = first !== repo && (/[.:[]/.test(first) || first === 'localhost');
  // Only hosts may have capitals.
  if (!hasHost && /[A-Z]/.test(first)) throw invalid(text, 'cannot name an image');
  return {
    host: hasHost ? first : DEFAULT_HOST,
    repo,
    version: digest ?? tag,
    name: digest === undefined ? `${repo}:${tag}` : `${repo}@${digest}`,
  };
}

/** @throws AppError 400 for a digest, which nobody can choose */
export function readPushReference(text: string): RegistryPlace {
  const place = readReference(text);
  if (text.includes('@')) throw invalid(text, 'names a digest, which only the registry can give');
  return place;
}

function invalid(text: string, why: string): AppError {
  return new AppError(
    400,
    'SANDBOX::INVALID_PARAMETER',
    `"${text.slice(0, 200)}" ${why}. Write host/path:tag, such as registry.example.com:5000/team/my-snapshot:v1, in lower case.`,
  );
}
