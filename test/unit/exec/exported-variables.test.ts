import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseExports } from '../../../src-main/exec/exported-variables';

const SHELLS = [
  ['bash', '/bin/bash', []],
  ['dash', '/bin/dash', []],
  ['busybox', '/bin/busybox', ['sh']],
] as const;
const VALUES = {
  PLAIN: 'word',
  EMPTY: '',
  QUOTES: `it's "both" \`ticks\` $HOME \\ \\n`,
  LINES: "first\nexport FAKE='x'\n\nlast\n",
  CONTROL: 'tab\tbell\x07escape\x1bdelete\x7f',
  UNICODE: 'ä€😀',
};

describe.each(SHELLS.filter(([, path]) => existsSync(path)))('export -p of %s', (_name, path, args) => {
  it('is read back exactly', () => {
    const printed = execFileSync(path, [...args, '-c', 'export -p'], {
      env: { ...VALUES, PATH: '/bin', LC_ALL: 'C.UTF-8' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const variables = parseExports(printed.toString());
    for (const [name, value] of Object.entries(VALUES))
      expect([name, variables?.get(name)]).toEqual([name, value]);
    expect(variables?.has('FAKE')).toBe(false);
    expect(variables?.has('PWD')).toBe(false);
  });
});

describe('what is not the output of export -p', () => {
  it.each(["export A='x'\nsomebody else printed\n", "export A='unfinished", 'rm -rf /\n'])(
    'is refused: %j',
    (text) => {
      expect(parseExports(text)).toBeUndefined();
    },
  );
});
