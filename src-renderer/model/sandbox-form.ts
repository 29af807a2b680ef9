import type { CreateSandboxRequest } from '../../src-main/http/schemas/sandboxes';
import { joinWords, splitWords } from './shell-words';

/** What the create and restore dialogs ask, as typed. */
export interface SandboxForm {
  name: string;
  cpu: string;
  memory: string;
  env: readonly EnvPair[];
  /** Seconds, or `never`. */
  timeout: string;
  /** A command line; quotes keep blanks together. */
  entrypoint: string;
}

export interface EnvPair {
  name: string;
  value: string;
  /** Offered by a snapshot, which knows no values: left out while it is empty. */
  offered?: true;
}

export type FormErrors = Partial<Record<'name' | 'cpu' | 'memory' | 'entrypoint' | 'env', string>>;

export const TIMEOUT_CHOICES = [
  { value: 'never', label: 'Never' },
  { value: '600', label: 'In 10 minutes' },
  { value: '3600', label: 'In 1 hour' },
  { value: '28800', label: 'In 8 hours' },
  { value: '86400', label: 'In 1 day' },
  { value: '604800', label: 'In 7 days' },
] as const;

const DEFAULT_ENTRYPOINT = ['tail', '-f', '/dev/null'];
/** Metadata values are Kubernetes label values (CONTRACT.md 2.4). */
const LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const CPU = /^(\d+m|\d+(\.\d+)?)$/;
const MEMORY = /^\d+\s*([bkmgt]|[kmgt]b|[kmgt]i|[kmgt]ib)?$/i;
const ENV_NAME = /^[^=\s]+$/;

/** A form filled with the defaults, or with what a snapshot remembers. */
export function newSandboxForm(
  from: { entrypoint?: string[]; limits?: Record<string, string>; envNames?: string[] } = {},
): SandboxForm {
  const entrypoint = from.entrypoint?.length ? from.entrypoint : DEFAULT_ENTRYPOINT;
  return {
    name: '',
    cpu: from.limits?.['cpu'] ?? '1',
    memory: from.limits?.['memory'] ?? '2Gi',
    env: (from.envNames ?? []).map((name) => ({ name, value: '', offered: true })),
    timeout: 'never',
    entrypoint: joinWords(entrypoint),
  };
}

/** What is wrong with the form, field by field; empty when it can be sent. */
export function checkSandboxForm(form: SandboxForm): FormErrors {
  const errors: FormErrors = {};
  if (form.name !== '' && !LABEL_VALUE.test(form.name)) {
    errors.name = 'Use letters, digits, “-”, “_” and “.”, at most 63, with a letter or digit at both ends.';
  }
  if (!CPU.test(form.cpu.trim())) errors.cpu = 'Write CPUs as 1.5 or 500m.';
  if (!MEMORY.test(form.memory.trim())) errors.memory = 'Write memory as 512Mi or 2Gi.';
  const words = splitWords(form.entrypoint);
  if (words === undefined) errors.entrypoint = 'A quote is not closed.';
  else if (words.length === 0) errors.entrypoint = 'Write the command that keeps the sandbox running.';
  const names = filledPairs(form).map((pair) => pair.name);
  const wrong = names.find((name) => !ENV_NAME.test(name));
  if (wrong !== undefined) errors.env = `“${wrong}” cannot be the name of a variable.`;
  else if (new Set(names).size < names.length) errors.env = 'A variable is there twice.';
  return errors;
}

/** The part of a create request that the form decides. Call it only when {@link checkSandboxForm} found nothing. */
export function sandboxFormRequest(form: SandboxForm): CreateSandboxRequest {
  const env = Object.fromEntries(filledPairs(form).map(({ name, value }) => [name, value]));
  return {
    resourceLimits: { cpu: form.cpu.trim(), memory: form.memory.trim() },
    entrypoint: splitWords(form.entrypoint) ?? [],
    ...(Object.keys(env).length > 0 ? { env } : {}),
    ...(form.name === '' ? {} : { metadata: { name: form.name } }),
    ...(form.timeout === 'never' ? {} : { timeout: Number(form.timeout) }),
  };
}

function filledPairs(form: SandboxForm): EnvPair[] {
  return form.env
    .filter(({ value, offered }) => offered !== true || value !== '')
    .map(({ name, value }) => ({ name: name.trim(), value }))
    .filter(({ name }) => name !== '');
}
