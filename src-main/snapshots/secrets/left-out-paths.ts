import { AppError } from '../../errors';
import { namePattern } from '../../exec/files/name-pattern';

/** Any number of folders. */
const ANY_DEPTH = '**';

/** Whether a relative path, such as `root/.netrc`, is meant by a pattern. */
export type PathTest = (path: string) => boolean;

/**
 * What a person names to be left out: an absolute path or a glob of one. In one component `*`, `?`, `[a-b]` and
 * `{a,b}` mean what they do in a shell, `**` stands for any number of folders, `\` takes the next character
 * literally. A folder stands for everything below it.
 * @throws AppError 400 `SNAPSHOT::INVALID_LEAVE_OUT`
 */
export function pathPattern(pattern: string): PathTest {
  const [first, ...parts] = pattern.replace(/\/+$/, '').split('/');
  if (first !== '' || parts.length === 0) throw invalid(pattern, 'it has to be a path that begins with "/"');
  if (parts.some((part) => ['', '.', '..'].includes(part)))
    throw invalid(pattern, 'it has an empty component, "." or ".."');
  const tests = parts.map((part) => (part === ANY_DEPTH ? ANY_DEPTH : componentTest(part, pattern)));
  return (path) => matches(tests, path.split('/'));
}

/** The pattern that means this path and nothing else. */
export function patternOf(path: string): string {
  return `/${path.replaceAll(/[\\*?[\]{}]/g, '\\$&')}`;
}

type ComponentTest = ((name: string) => boolean) | typeof ANY_DEPTH;

function componentTest(part: string, pattern: string): ComponentTest {
  try {
    return namePattern(part);
  } catch (error) {
    throw invalid(pattern, 'a bracket or brace in it is not closed', error);
  }
}

/** Whether the tests fit a beginning of the path; each round keeps how many tests may be used up by then. */
function matches(tests: readonly ComponentTest[], names: readonly string[]): boolean {
  let used = withSkipped(new Set([0]), tests);
  for (const name of names) {
    const next = new Set<number>();
    for (const at of used) {
      const test = tests[at];
      if (test === ANY_DEPTH) next.add(at);
      else if (test?.(name) === true) next.add(at + 1);
    }
    used = withSkipped(next, tests);
    if (used.has(tests.length)) return true;
  }
  return false;
}

/** `**` may also stand for no folder. */
function withSkipped(used: Set<number>, tests: readonly ComponentTest[]): Set<number> {
  for (const at of used) if (tests[at] === ANY_DEPTH) used.add(at + 1);
  return used;
}

function invalid(pattern: string, reason: string, cause?: unknown): AppError {
  return new AppError(
    400,
    'SNAPSHOT::INVALID_LEAVE_OUT',
    `"${pattern}" cannot be left out: ${reason}. Name an absolute path, or a glob of one such as /root/**/*.pem, or a text as env:NAME, label:NAME or history:3.`,
    { cause },
  );
}
