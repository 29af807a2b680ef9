/** Longest tag of the distribution grammar. */
const MAX_TAG_LENGTH = 128;

/** Where a snapshot could be pushed: to where the last one went, with its own name as the tag. */
export function pushProposal(last: string, name: string): string {
  const repository = withoutVersion(last);
  return repository === '' ? '' : `${repository}:${tagOf(name)}`;
}

function withoutVersion(reference: string): string {
  const [name = ''] = reference.split('@');
  const colon = name.lastIndexOf(':');
  return colon > name.lastIndexOf('/') ? name.slice(0, colon) : name;
}

function tagOf(name: string): string {
  const tag = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^[.-]+|[.-]+$/g, '')
    .slice(0, MAX_TAG_LENGTH);
  return tag === '' ? 'latest' : tag;
}
