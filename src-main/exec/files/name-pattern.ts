import { AppError } from '../../errors';

/** More alternatives than any person writes; nested braces multiply. */
const MAX_ALTERNATIVES = 1_000;

/** What one character of a name must be. */
type Character = (character: string) => boolean;
/** Stretches of characters; between two of them lies a `*`. */
type Pattern = readonly (readonly Character[])[];

/**
 * Whether a base name fits a glob (CONTRACT.md 4.6): `*` and `**` any text, `?` one character, `[a-b]` and `[!a]`
 * sets, `{a,b}` alternatives, `\` the next character literally. A leading dot is nothing special. Matching takes
 * time in proportion to both lengths, whatever the pattern.
 * @throws AppError 400 `INVALID_REQUEST_BODY` for a pattern that is not closed
 */
export function namePattern(pattern: string): (name: string) => boolean {
  const patterns = alternatives(Array.from(pattern), pattern).map((each) => compile(each, pattern));
  return (name) => {
    const characters = Array.from(name);
    return patterns.some((each) => matches(each, characters));
  };
}

/** Writes `a{b,c}` out as `ab` and `ac`. */
function alternatives(characters: readonly string[], whole: string): string[][] {
  const open = findPlain(characters, '{', 0);
  if (open < 0) return [[...characters]];
  const { options, end } = readOptions(characters, open, whole);
  const before = characters.slice(0, open);
  const after = alternatives(characters.slice(end), whole);
  const written = options
    .flatMap((option) => alternatives(option, whole))
    .flatMap((option) => after.map((rest) => [...before, ...option, ...rest]));
  if (written.length > MAX_ALTERNATIVES) throw invalidPattern(whole, 'it has too many alternatives');
  return written;
}

function readOptions(
  characters: readonly string[],
  open: number,
  whole: string,
): { options: string[][]; end: number } {
  const options: string[][] = [];
  let depth = 0;
  let start = open + 1;
  for (let at = open; at < characters.length; at += 1) {
    const character = characters[at];
    if (character === '\\') at += 1;
    else if (character === '{') depth += 1;
    else if ((character === ',' && depth === 1) || character === '}') {
      if (character === '}') depth -= 1;
      if (depth > 1 || (depth === 1 && character === '}')) continue;
      options.push(characters.slice(start, at));
      start = at + 1;
      if (depth === 0) return { options, end: at + 1 };
    }
  }
  throw invalidPattern(whole, 'a "{" is not closed');
}

/** First place of a character that no `\` precedes. */
function findPlain(characters: readonly string[], wanted: string, from: number): number {
  for (let at = from; at < characters.length; at += 1) {
    if (characters[at] === '\\') at += 1;
    else if (characters[at] === wanted) return at;
  }
  return -1;
}

function compile(characters: readonly string[], whole: string): Pattern {
  const stretches: Character[][] = [[]];
  let at = 0;
  while (at < characters.length) {
    const character = characters[at] ?? '';
    at += 1;
    if (character === '*') {
      stretches.push([]);
      continue;
    }
    if (character === '[') {
      const set = readSet(characters, at, whole);
      at = set.end;
      stretches.at(-1)?.push(set.fits);
      continue;
    }
    if (character === '\\' && at >= characters.length) throw invalidPattern(whole, 'it ends in a "\\"');
    const wanted = character === '\\' ? (characters[at++] ?? '') : character;
    stretches.at(-1)?.push(character === '?' ? () => true : (given) => given === wanted);
  }
  return stretches;
}

function readSet(
  characters: readonly string[],
  from: number,
  whole: string,
): { fits: Character; end: number } {
  const negated = characters[from] === '!' || characters[from] === '^';
  const start = negated ? from + 1 : from;
  // A "]" that comes first is a member.
  const close = characters.indexOf(']', start + 1);
  if (close < 0) throw invalidPattern(whole, 'a "[" is not closed');
  const ranges: [string, string][] = [];
  for (let at = start; at < close; at += 1) {
    const first = characters[at] ?? '';
    const isRange = characters[at + 1] === '-' && at + 2 < close;
    ranges.push([first, isRange ? (characters[at + 2] ?? first) : first]);
    if (isRange) at += 2;
  }
  const holds = (given: string) => ranges.some(([first, last]) => given >= first && given <= last);
  return { fits: (given) => holds(given) !== negated, end: close + 1 };
}

/** The leftmost place for each stretch is always the best one, because all stretches have fixed lengths. */
function matches(pattern: Pattern, name: readonly string[]): boolean {
  const [first = [], ...others] = pattern;
  const last = others.pop();
  if (last === undefined) return first.length === name.length && fitsAt(first, name, 0);
  const lastStart = name.length - last.length;
  if (!fitsAt(first, name, 0) || lastStart < first.length || !fitsAt(last, name, lastStart)) return false;
  let at = first.length;
  for (const stretch of others) {
    while (at + stretch.length <= lastStart && !fitsAt(stretch, name, at)) at += 1;
    if (at + stretch.length > lastStart) return false;
    at += stretch.length;
  }
  return true;
}

function fitsAt(stretch: readonly Character[], name: readonly string[], at: number): boolean {
  return stretch.every((fits, index) => {
    const character = name[at + index];
    return character !== undefined && fits(character);
  });
}

function invalidPattern(pattern: string, reason: string): AppError {
  return new AppError(400, 'INVALID_REQUEST_BODY', `The pattern "${pattern}" is not valid: ${reason}.`);
}
