/** A typed filter: `state:failed sandbox:web nightly` is two tokens and one word, all of which must match. */
export interface FilterQuery {
  readonly words: readonly string[];
  readonly tokens: readonly FilterToken[];
}

export interface FilterToken {
  readonly field: string;
  readonly value: string;
}

/** What a row offers to the filter; all lower case. */
export interface FilterSubject {
  /** Everything a plain word is looked for in. */
  readonly text: string;
  readonly fields: Readonly<Record<string, string | readonly string[]>>;
}

const PART = /(?:([a-z]+):)?(?:"([^"]*)"?|(\S+))/gi;

/** Reads a filter; quotes keep blanks together; an unknown field makes the part a plain word. */
export function parseFilter(input: string, fields: readonly string[]): FilterQuery {
  const words: string[] = [];
  const tokens: FilterToken[] = [];
  for (const match of input.toLowerCase().matchAll(PART)) {
    const field = match[1];
    const value = match[2] ?? match[3] ?? '';
    if (field !== undefined && fields.includes(field)) {
      if (value !== '') tokens.push({ field, value });
    } else if (!isUnfinished(match[0], fields)) {
      words.push(field === undefined ? value : match[0].replaceAll('"', ''));
    }
  }
  return { words: words.filter((word) => word !== ''), tokens };
}

/** Tokens of the same field are alternatives (`state:failed state:ready`); everything else is ANDed. */
export function matchesFilter(query: FilterQuery, subject: FilterSubject): boolean {
  if (!query.words.every((word) => subject.text.includes(word))) return false;
  const wanted = new Map<string, boolean>();
  for (const { field, value } of query.tokens) {
    const hit = startsWith(subject.fields[field] ?? '', value);
    wanted.set(field, hit || (wanted.get(field) ?? false));
  }
  return [...wanted.values()].every(Boolean);
}

/** A field with several values, such as labels, matches by any of them. */
function startsWith(found: string | readonly string[], value: string): boolean {
  return typeof found === 'string' ? found.startsWith(value) : found.some((each) => each.startsWith(value));
}

/** True when the filter lets everything through. */
export function isEmptyFilter(query: FilterQuery): boolean {
  return query.words.length === 0 && query.tokens.length === 0;
}

/** `state:` is a token whose value is still to come. */
function isUnfinished(part: string, fields: readonly string[]): boolean {
  return part.endsWith(':') && fields.includes(part.slice(0, -1));
}
