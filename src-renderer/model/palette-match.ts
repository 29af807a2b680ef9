/** How well a text answers what was typed; by words first, by letters in between last. */

const WHOLE_WORD = 4;
const WORD_START = 3;
const INSIDE_WORD = 1;
const LETTERS_IN_ORDER = 0.5;
/** Fewer letters are in nearly every text. */
const MIN_INSIDE = 2;
const MIN_IN_ORDER = 3;

/** Lower case, words parted and preceded by one space each. */
export function wordsOf(text: string): string {
  return ` ${text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()}`;
}

/** What was typed, as the words that a text must answer. */
export function tokensOf(query: string): string[] {
  return wordsOf(query).split(' ').filter(Boolean);
}

/** The sum over all tokens, 0 as soon as one of them is not answered; `words` are {@link wordsOf} a text. */
export function matchScore(tokens: readonly string[], words: string): number {
  let sum = 0;
  for (const token of tokens) {
    const score = tokenScore(token, words);
    if (score === 0) return 0;
    sum += score;
  }
  return sum;
}

/** How many tokens begin a word of the text; what a name has to answer while the others name an action. */
export function wordStarts(tokens: readonly string[], words: string): number {
  return tokens.filter((token) => words.includes(` ${token}`)).length;
}

/** The best `limit` of the candidates, best first; equal ones stay in their order. */
export function best<T>(candidates: readonly T[], scoreOf: (item: T) => number, limit: number): T[] {
  const found: { item: T; score: number }[] = [];
  for (const item of candidates) {
    const score = scoreOf(item);
    if (score > 0) found.push({ item, score });
  }
  return found
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
    .map(({ item }) => item);
}

function tokenScore(token: string, words: string): number {
  const start = words.indexOf(` ${token}`);
  if (start !== -1) {
    const isWhole = words.endsWith(` ${token}`) || words.includes(` ${token} `, start);
    return isWhole ? WHOLE_WORD : WORD_START;
  }
  if (token.length >= MIN_INSIDE && words.includes(token)) return INSIDE_WORD;
  return token.length >= MIN_IN_ORDER && hasInOrder(token, words) ? LETTERS_IN_ORDER : 0;
}

function hasInOrder(token: string, words: string): boolean {
  let from = 0;
  for (const letter of token) {
    const at = words.indexOf(letter, from);
    if (at === -1) return false;
    from = at + 1;
  }
  return true;
}
