import type { SecretInFile, SecretInText, SecretsReport } from '../../src-main/http/schemas/secrets';
import { count } from './count';

/** What the rules call things, in the spelling of who makes them. */
const SPELLINGS: Record<string, string> = {
  ai: 'AI',
  api: 'API',
  aws: 'AWS',
  github: 'GitHub',
  gitlab: 'GitLab',
  hashicorp: 'HashiCorp',
  huggingface: 'Hugging Face',
  id: 'ID',
  json: 'JSON',
  mongodb: 'MongoDB',
  mysql: 'MySQL',
  npm: 'npm',
  npmrc: 'npm',
  openai: 'OpenAI',
  ops: '1Password',
  postgresql: 'PostgreSQL',
  sendgrid: 'SendGrid',
};
/** Names of makers that are written like any name. */
const NAMES = new Set(['anthropic', 'databricks', 'docker', 'figma', 'grafana', 'groq', 'linear', 'notion']);
for (const name of ['shopify', 'slack', 'vercel']) NAMES.add(name);

/** Whole words that have capitals inside. */
const ODD_WORDS = /MongoDB|MySQL|PostgreSQL|OAuth/g;
const WORDS = /[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+/g;

/** `AWSSecretAccessKey` and `GITHUB_TOKEN` as people write them: “AWS secret access key”, “GitHub token”. */
export function secretName(kind: string): string {
  const plain = kind.replace(ODD_WORDS, (word) => capitalised(word.toLowerCase()));
  const words = (plain.match(WORDS) ?? [kind]).map((word) => {
    const lower = word.toLowerCase();
    return SPELLINGS[lower] ?? (NAMES.has(lower) ? capitalised(lower) : lower);
  });
  const text = words.join(' ');
  return words[0] === 'npm' ? text : capitalised(text);
}

/** A file with all that was found in it, in whichever layers. */
export interface FileWithSecrets {
  path: string;
  /** What to name so that it stays here. */
  leaveOut: string;
  /** What was found where, for people. */
  found: string;
  /** In the snapshot the file is another one, or gone. */
  isHidden: boolean;
}

/** The files of a report, each once. */
export function filesWithSecrets({ findings }: SecretsReport): FileWithSecrets[] {
  const byPath = new Map<string, SecretInFile[]>();
  for (const each of findings) {
    if (each.place !== 'file') continue;
    byPath.set(each.path, [...(byPath.get(each.path) ?? []), each]);
  }
  return [...byPath].map(([path, inFile]) => ({
    path,
    leaveOut: inFile[0]?.leaveOut ?? path,
    found: [...new Set(inFile.map(({ kind, line }) => `${secretName(kind)} in line ${line}`))].join(', '),
    isHidden: inFile.every((each) => !each.isVisible),
  }));
}

const PLACES: Record<SecretInText['place'], string> = {
  environment: 'Environment variable',
  command: 'Command of the image:',
  label: 'Label',
  history: 'History of the image,',
  notes: 'The',
};

/** Where else something was found, for people; none of it can be left out. */
export function secretsInTexts({ findings }: SecretsReport): string[] {
  return findings.flatMap((each) =>
    each.place === 'file' ? [] : [`${PLACES[each.place]} ${each.name}: ${secretName(each.kind)}`],
  );
}

/** What was looked into and what was not, in a sentence or two. */
export function scanExtent({ scannedFiles, skipped, maxFileBytes, omitted }: SecretsReport): string {
  const { large, binary, unread } = skipped;
  const not = [
    large > 0 && `${large} over ${maxFileBytes / 2 ** 20} MiB`,
    binary > 0 && `${binary} without text`,
    unread > 0 && `${unread} that took too long`,
  ].filter((each) => each !== false);
  const looked = `${count(scannedFiles, 'file')} looked through.`;
  const left = not.length === 0 ? '' : ` Not looked into: ${not.join(', ')}.`;
  return `${looked}${left}${omitted === 0 ? '' : ` ${omitted} more findings are not listed.`}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
