import type { RegistryPlace } from '../engine/registries';
import { AppError } from '../errors';
import { HOLDER_REPOSITORY } from '../engine/network-holders';
import { SNAPSHOT_REPOSITORY, VOLUME_REPOSITORY } from '../snapshots/snapshot-tag';

const DEFAULT_HOST = 'docker.io';
const DEFAULT_TAG = 'latest';
const MAX_REPOSITORY_LENGTH = 255;

/** Images of these names hold what this product keeps: another one in the place of one would be taken for it. */
const OWN_REPOSITORIES: readonly string[] = [SNAPSHOT_REPOSITORY, VOLUME_REPOSITORY, HOLDER_REPOSITORY];
/** What an engine leaves away where it shows a name. */
const UNSAID_PREFIX = /^(?:(?:index\.)?docker\.io\/)?(?:library\/)?/;

/** The grammar of distribution/reference: `host:port/path`, then a tag or a digest. */
const REFERENCE =
  /^(?<repo>(?:(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?\/)?[a-z0-9]+(?:(?:\.|_{1,2}|-+|\/)[a-z0-9]+)*)(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;

/**
 * Reads a name as `docker push`, `docker pull` and `docker import` take it; without a tag it is `latest`.
 * @throws AppError 400 for what no image can be called, and for names of this product's own images
 */
export function readReference(text: string): RegistryPlace {
  const { repo, tag = DEFAULT_TAG, digest } = REFERENCE.exec(text)?.groups ?? {};
  if (repo === undefined || repo.length > MAX_REPOSITORY_LENGTH) throw invalid(text, 'cannot name an image');
  if (OWN_REPOSITORIES.includes(repo.replace(UNSAID_PREFIX, '')))
    throw invalid(text, 'is what an image of this app itself is called on the engine');
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

/** For an image that gets the name. @throws AppError 400 for a digest, which nobody can choose */
export function readTagReference(text: string): RegistryPlace {
  const place = readReference(text);
  if (text.includes('@')) throw invalid(text, 'names a digest, which nobody can choose');
  return place;
}

function invalid(text: string, why: string): AppError {
  return new AppError(
    400,
    'SANDBOX::INVALID_PARAMETER',
    `"${text.slice(0, 200)}" ${why}. Write path:tag or host/path:tag in lower case, such as my-base:latest or registry.example.com:5000/team/my-snapshot:v1.`,
  );
}
