import type { RestoreDefaults } from '../store/records';
import type { Comparison } from './diff/kept-comparisons';
import type { PathChange } from './diff/tree-diff';

const MAX_PATHS = 40;
const MAX_LINE_LENGTH = 500;
/** What the engine takes for the name of an image; anything else must not become an instruction. */
const IMAGE_NAME = /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,500}$/;
/** Ends of lines, other control characters, and marks that turn the direction of text around. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;
const MARKS = { added: '+', removed: '-', changed: '~' } as const;
const NUMBERS = new Intl.NumberFormat('en');

/** What a snapshot changed; `start of its sandbox` where the snapshot before cannot be read. */
export interface RecipeChanges extends Comparison {
  since: 'step before' | 'start of its sandbox';
}

export interface RecipeStep {
  id: string;
  name: string;
  createdAt?: string;
  sandboxName?: string;
  notes?: string;
  isDeleted: boolean;
  /** Undefined where they cannot be read. */
  changes?: RecipeChanges | undefined;
}

export interface RecipeStory {
  /** Oldest first; the last one is what the recipe is of. */
  steps: readonly RecipeStep[];
  baseImage: string | undefined;
  restoreDefaults: RestoreDefaults;
}

/**
 * A lineage as the draft of a Dockerfile: what is known as instructions, everything else as comments. Whatever names,
 * notes and paths hold, each stays in the comment that it stands in.
 */
export function recipe(story: RecipeStory): string {
  const lines = [
    ...opening(story.steps.at(-1)),
    '',
    ...baseLines(story.baseImage),
    ...story.steps.flatMap((step, index) => ['', ...stepLines(step, index + 1, story.steps.length)]),
    '',
    ...startLines(story.restoreDefaults),
  ];
  return `${lines.join('\n')}\n`;
}

function opening(subject: RecipeStep | undefined): string[] {
  return [
    comment(`Draft of a Dockerfile for the snapshot ${subject?.name ?? ''}`),
    comment(subject?.id ?? ''),
    comment(''),
    comment('It tells what changed, not what changed it. Yours to add:'),
    comment('- the commands that made the changes, and their order;'),
    comment('- where downloads came from, and whether they are still there;'),
    comment('- values of environment variables.'),
    comment('Memory, processes and mounted volumes are not part of it.'),
    comment('Built as it is, it gives the base image, not the snapshot.'),
  ];
}

function baseLines(baseImage: string | undefined): string[] {
  if (baseImage === undefined)
    return [comment('The image that it all began with is not known; put it here.'), 'FROM scratch'];
  if (!IMAGE_NAME.test(baseImage))
    return [comment(`It began with an image that cannot be named here: ${baseImage}`), 'FROM scratch'];
  return [comment('The name may stand for another image today.'), `FROM ${baseImage}`];
}

function stepLines(step: RecipeStep, number: number, count: number): string[] {
  const { name, id, createdAt, sandboxName, notes, isDeleted } = step;
  const when = createdAt === undefined ? '' : ` ${createdAt}`;
  const where = sandboxName === undefined ? '' : ` of sandbox ${sandboxName}`;
  return [
    comment(`---- ${String(number)} of ${String(count)}: ${name}`),
    comment(id),
    ...(when + where === '' ? [] : [comment(`Taken${when}${where}`)]),
    ...(notes === undefined ? [] : notes.split(/\r?\n/).map((line) => comment(`Note: ${line}`))),
    ...(isDeleted
      ? [comment('It was deleted: what it changed shows with what comes next, if at all.')]
      : changeLines(step.changes)),
  ];
}

function changeLines(found: RecipeChanges | undefined): string[] {
  if (found === undefined) return [comment('What it changed cannot be read from its image.')];
  const { changes, summary, since } = found;
  const total = `${NUMBERS.format(summary.added)} added, ${NUMBERS.format(summary.changed)} changed, ${NUMBERS.format(summary.removed)} removed`;
  if (changes.length === 0) return [comment(`Nothing changed since the ${since}.`)];
  const more = changes.length - MAX_PATHS;
  return [
    comment(`Since the ${since}, ${NUMBERS.format(summary.bytesAdded)} bytes written:`),
    comment(total),
    ...changes.slice(0, MAX_PATHS).map(changeLine),
    ...(more > 0 ? [comment(`  … and ${NUMBERS.format(more)} more`)] : []),
    comment('Write here what made these changes: RUN …'),
  ];
}

function changeLine({ path, change, after }: PathChange): string {
  const size = after?.kind === 'file' ? ` (${NUMBERS.format(after.sizeBytes)} bytes)` : '';
  const folder = after?.kind === 'directory' ? '/' : '';
  return comment(`  ${MARKS[change]} ${shortened(path)}${folder}${size}`);
}

function startLines({ entrypoint, envNames }: RestoreDefaults): string[] {
  return [
    ...(envNames.length === 0
      ? []
      : [
          comment('Its sandbox was started with these variables. No value is kept anywhere:'),
          ...envNames.map((name) => comment(`  ENV ${name}=`)),
        ]),
    ...(entrypoint.length === 0
      ? [comment('What its sandbox was started with is not known.')]
      : [comment('What its sandbox was started with:'), `ENTRYPOINT ${jsonOf(entrypoint)}`]),
  ];
}

/** One line, whatever the text holds. Never the first of the file with `name=value`, so no parser directive either. */
function comment(text: string): string {
  return `# ${shortened(visible(text))}`.trimEnd();
}

function shortened(text: string): string {
  return text.length <= MAX_LINE_LENGTH ? text : `${text.slice(0, MAX_LINE_LENGTH)}…`;
}

function visible(text: string): string {
  return text.replace(UNPRINTABLE, (each) => escaped(each));
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** JSON, where these escapes mean the same. */
function jsonOf(words: readonly string[]): string {
  return `[${words.map((word) => visible(JSON.stringify(word))).join(', ')}]`;
}
