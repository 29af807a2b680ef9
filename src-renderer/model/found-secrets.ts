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

/** A place with all that was found in it, which can stay here. */
export interface PlaceWithSecrets {
  /** For people: the path of a file, or which variable, label or step of the history. */
  name: string;
  /** What to name so that it stays here. */
  leaveOut: string;
  /** What was found where, for people. */
  found: string;
  /** In the snapshot the file is another one, or gone; in whichever layers it was found. */
  isHidden: boolean;
}

/** The files, variables, labels and steps of a report that can stay here, each once, files first. */
export function placesWithSecrets({ findings }: SecretsReport): PlaceWithSecrets[] {
  const inFiles = new Map<string, SecretInFile[]>();
  const inTexts = new Map<string, SecretInText[]>();
  for (const each of findings) {
    if (each.place === 'file') inFiles.set(each.leaveOut, [...(inFiles.get(each.leaveOut) ?? []), each]);
    else if (each.leaveOut !== undefined)
      inTexts.set(each.leaveOut, [...(inTexts.get(each.leaveOut) ?? []), each]);
  }
  return [
    ...[...inFiles].map(([leaveOut, found]) => ({
      name: found[0]?.path ?? leaveOut,
      leaveOut,
      found: listed(found.map(({ kind, line }) => `${secretName(kind)} in line ${line}`)),
      isHidden: found.every((each) => !each.isVisible),
    })),
    ...[...inTexts].map(([leaveOut, found]) => ({
      name: found[0] === undefined ? leaveOut : textName(found[0]),
      leaveOut,
      found: listed(found.map(({ kind }) => secretName(kind))),
      isHidden: false,
    })),
  ];
}

const PLACES: Record<SecretInText['place'], string> = {
  environment: 'Environment variable',
  command: 'Command of the image:',
  label: 'Label',
  history: 'History of the image,',
  notes: 'The',
};

/** Where else something was found, for people: what goes along whatever is ticked. */
export function secretsThatGoAlong({ findings }: SecretsReport): string[] {
  return findings.flatMap((each) =>
    each.place === 'file' || each.leaveOut !== undefined
      ? []
      : [`${textName(each)}: ${secretName(each.kind)}`],
  );
}

function textName({ place, name }: SecretInText): string {
  return `${PLACES[place]} ${name}`;
}

function listed(found: readonly string[]): string {
  return [...new Set(found)].join(', ');
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
