import type { LogLine } from '../../src-main/http/schemas/desktop';
import { plainText } from './plain-text';

/** Which lines hold the term, whatever its case; none for an empty term. */
export function findLines(lines: readonly LogLine[], term: string): number[] {
  const wanted = term.toLowerCase();
  if (wanted === '') return [];
  return lines.flatMap((line, index) => (plainText(line.text).toLowerCase().includes(wanted) ? [index] : []));
}

/** A line in pieces, hits and what lies between them. */
export function splitHits(text: string, term: string): { text: string; hit: boolean }[] {
  const low = text.toLowerCase();
  const wanted = term.toLowerCase();
  // Some letters change their length with their case: then places in one text are none in the other.
  if (wanted === '' || low.length !== text.length) return [{ text, hit: false }];
  const pieces: { text: string; hit: boolean }[] = [];
  let from = 0;
  for (let at = low.indexOf(wanted); at >= 0; at = low.indexOf(wanted, from)) {
    if (at > from) pieces.push({ text: text.slice(from, at), hit: false });
    from = at + wanted.length;
    pieces.push({ text: text.slice(at, from), hit: true });
  }
  if (from < text.length) pieces.push({ text: text.slice(from), hit: false });
  return pieces;
}

/** The lines as a file: time, stream where it is stderr, text. */
export function logText(lines: readonly LogLine[]): string {
  return lines
    .map(({ at, stream, text }) =>
      [at, stream === 'stderr' ? 'err' : undefined, text].filter(Boolean).join(' '),
    )
    .map((line) => `${line}\n`)
    .join('');
}
