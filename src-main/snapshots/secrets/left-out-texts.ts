import { OWN_LABELS } from '../../engine/labels';
import type { ImageConfig } from '../../engine/engine-types';
import { AppError } from '../../errors';
import type { TravellingFacts } from '../labelled-record';

/** What of an image's configuration can stay here, as a person names it: `env:TOKEN`, `label:key`, `history:3`. */
type TextKind = 'env' | 'label' | 'history';
const NAMED = /^(env|label|history):(.+)$/s;
/** In the place of a step of the history. */
export const LEFT_OUT_STEP = 'left out';

/** Texts beside the layers that an archive is not to have. */
export interface LeftOutTexts {
  /** Names of environment variables. */
  variables: ReadonlySet<string>;
  /** Of the image or of the snapshot. */
  labels: ReadonlySet<string>;
  /** Numbers of entries of the history, counted from 1 at the oldest. */
  steps: ReadonlySet<number>;
}

/** What an image and the record of its snapshot tell, to be looked for what is to be left out. */
export interface Telling {
  config: ImageConfig;
  /** How many entries the history has. */
  steps: number;
  facts: TravellingFacts;
}

/** How to name a text so that it stays here; undefined for what cannot: labels by which this product knows a snapshot. */
export function nameOfText(kind: TextKind, name: string): string | undefined {
  return kind === 'label' && OWN_LABELS.includes(name) ? undefined : `${kind}:${name}`;
}

/** Parts what is to be left out into paths and texts; whatever does not begin like a text is a path. */
export function partedByPlace(leaveOut: readonly string[]): { patterns: string[]; texts: LeftOutTexts } {
  const patterns: string[] = [];
  const texts = { env: new Set<string>(), label: new Set<string>(), history: new Set<string>() };
  for (const each of leaveOut) {
    const [, kind, name] = NAMED.exec(each) ?? [];
    // The expression knows these kinds only.
    if (kind !== undefined && name !== undefined) texts[kind as TextKind].add(name);
    else patterns.push(each);
  }
  const steps = new Set([...texts.history].map(stepOf));
  return { patterns, texts: { variables: texts.env, labels: texts.label, steps } };
}

/** How many they are. */
export function countOfTexts({ variables, labels, steps }: LeftOutTexts): number {
  return variables.size + labels.size + steps.size;
}

/**
 * Whoever asks for something to be left out is told when it is not there.
 * @throws AppError 400 `SNAPSHOT::INVALID_LEAVE_OUT`
 */
export function requireTexts(texts: LeftOutTexts, { config, steps, facts }: Telling): void {
  const variables = new Set((config.Env ?? []).map(variableName));
  for (const name of texts.variables)
    if (!variables.has(name)) throw invalid('env', name, 'the image has no such variable');
  const labels = { ...config.Labels, ...facts.labels };
  for (const name of texts.labels) {
    if (OWN_LABELS.includes(name)) throw invalid('label', name, 'by it a snapshot is known for one');
    if (!Object.hasOwn(labels, name))
      throw invalid('label', name, 'neither the image nor the snapshot has such a label');
  }
  for (const step of texts.steps)
    if (step > steps) throw invalid('history', String(step), `the history has ${steps} steps`);
}

/** The configuration without the variables and labels. */
export function configWithout(config: ImageConfig, { variables, labels }: LeftOutTexts): ImageConfig {
  const { Env: env, Labels: all } = config;
  return {
    ...config,
    ...(env === undefined || env === null
      ? {}
      : { Env: env.filter((each) => !variables.has(variableName(each))) }),
    ...(all === undefined || all === null ? {} : { Labels: labelsWithout(all, labels) }),
  };
}

/** What travels beside the labels, without those of the snapshot that stay here. */
export function factsWithout(facts: TravellingFacts, { labels }: LeftOutTexts): TravellingFacts {
  return facts.labels === undefined ? facts : { ...facts, labels: labelsWithout(facts.labels, labels) };
}

/**
 * The history of an OCI configuration, oldest first, with nothing but when and whether a layer was made of its steps.
 * @throws Error when it is not as long as it was told to be
 */
export function historyWithout(
  history: readonly Record<string, unknown>[],
  { steps }: LeftOutTexts,
): Record<string, unknown>[] {
  if ([...steps].some((step) => step > history.length))
    throw new Error('The engine told of more steps than the image has, so none could be left out.');
  return history.map((entry, at) => {
    if (!steps.has(at + 1)) return entry;
    const { created, empty_layer: isEmpty } = entry;
    return {
      ...(created === undefined ? {} : { created }),
      created_by: LEFT_OUT_STEP,
      ...(isEmpty === undefined ? {} : { empty_layer: isEmpty }),
    };
  });
}

function labelsWithout(labels: Record<string, string>, leftOut: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !leftOut.has(name)));
}

/** Of `NAME=value`. */
export function variableName(variable: string): string {
  return variable.split('=', 1)[0] ?? '';
}

function stepOf(name: string): number {
  const step = Number(name);
  if (Number.isSafeInteger(step) && step > 0) return step;
  throw invalid('history', name, 'steps are counted from 1');
}

function invalid(kind: TextKind, name: string, reason: string): AppError {
  return new AppError(
    400,
    'SNAPSHOT::INVALID_LEAVE_OUT',
    `"${kind}:${name}" cannot be left out: ${reason}. Name what a look for secrets told (leaveOut), or leave it away.`,
  );
}
