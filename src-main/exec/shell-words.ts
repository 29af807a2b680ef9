/** Names that every POSIX shell can export. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Text as one literal word of a POSIX shell. */
export function quoteWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Whether a POSIX shell can hold an environment variable of this name. */
export function isShellIdentifier(name: string): boolean {
  return IDENTIFIER.test(name);
}

export interface PathWord {
  /** A shell word for the path; safe whatever the path holds. */
  word: string;
  /** Variables that it reads; each must be set, or the path means nothing. */
  variables: string[];
}

/**
 * A path in which a leading `~` and every `$NAME` or `${NAME}` stand for the sandbox's environment (CONTRACT.md 4.1),
 * as a shell word. Everything else is literal.
 */
export function pathWord(path: string): PathWord {
  const variables: string[] = [];
  const home = path === '~' || path.startsWith('~/');
  if (home) variables.push('HOME');
  const parts = (home ? path.slice(1) : path).split(
    /(\$\{[A-Za-z_][A-Za-z0-9_]*\}|\$[A-Za-z_][A-Za-z0-9_]*)/,
  );
  const words = parts.map((part, index) => {
    // Splitting by a group puts what matched it at the odd places.
    if (index % 2 === 0) return part === '' ? '' : quoteWord(part);
    const name = part.replace(/[${}]/g, '');
    variables.push(name);
    return `"\${${name}}"`;
  });
  const word = `${home ? '"${HOME}"' : ''}${words.join('')}`;
  return { word: word === '' ? "''" : word, variables };
}

/** A path that stands for itself, whatever characters it holds. */
export function literalWord(path: string): PathWord {
  return { word: quoteWord(path), variables: [] };
}
