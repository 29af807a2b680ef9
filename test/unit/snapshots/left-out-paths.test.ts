import { describe, expect, it } from 'vitest';
import { pathPattern, patternOf } from '../../../src-main/snapshots/secrets/left-out-paths';

describe('a path to leave out', () => {
  it.each([
    ['/root/.netrc', 'root/.netrc', true],
    ['/root/.netrc', 'root/.netrc2', false],
    ['/root', 'root/.ssh/id_rsa', true],
    ['/root/', 'root/.ssh/id_rsa', true],
    ['/ssh', 'root/ssh', false],
    ['/srv/*.pem', 'srv/key.pem', true],
    ['/srv/*.pem', 'srv/deeper/key.pem', false],
    ['/srv/**/*.pem', 'srv/key.pem', true],
    ['/srv/**/*.pem', 'srv/a/b/key.pem', true],
    ['/**/.env', '.env', true],
    ['/**/.env', 'srv/app/.env/below', true],
    ['/**/a/**/b', 'a/x/a/y/b', true],
    ['/**/a/**/b', 'a/x/a/y/c', false],
    ['/srv/{a,b}?', 'srv/a1', true],
    ['/srv/{a,b}?', 'srv/c1', false],
  ])('%s means %s: %s', (pattern, path, isMeant) => {
    expect(pathPattern(pattern)(path)).toBe(isMeant);
  });

  it('means itself and nothing else when it is written as a pattern', () => {
    const path = 'srv/a[b]*{c,d}?\\e';
    expect(pathPattern(patternOf(path))(path)).toBe(true);
    expect(pathPattern(patternOf('srv/a*'))('srv/ab')).toBe(false);
  });

  it('is judged in time that grows with its length, whatever it holds', () => {
    const pattern = pathPattern(`${'/**/a'.repeat(200)}/z`);
    expect(pattern(Array.from({ length: 2_000 }, () => 'a').join('/'))).toBe(false);
  });

  it.each(['srv/a', '/', '', '/srv//a', '/srv/../a', '/srv/./a', '/srv/[a', '/srv/{a'])(
    'is refused when it is "%s"',
    (pattern) => {
      expect(() => pathPattern(pattern)).toThrow(/cannot be left out/);
    },
  );
});
