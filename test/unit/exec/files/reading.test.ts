import { describe, expect, it } from 'vitest';
import { Accounts } from '../../../../src-main/exec/files/accounts';
import { parseByteRange } from '../../../../src-main/exec/files/byte-range';
import { inTreeOrder, isoTime, type FileEntry } from '../../../../src-main/exec/files/file-entry';
import { parseWireMode, wireMode } from '../../../../src-main/exec/files/file-mode';
import { namePattern } from '../../../../src-main/exec/files/name-pattern';
import { absolutePath } from '../../../../src-main/exec/files/sandbox-paths';
import { parseFoundPaths, parseStatRecords } from '../../../../src-main/exec/files/stat-records';

describe('modes', () => {
  it('are octal digits written as a decimal number, both ways', () => {
    expect(wireMode(0o100644)).toBe(644);
    expect(wireMode(0o4755)).toBe(755);
    expect(parseWireMode(755)).toBe(0o755);
    expect(parseWireMode(4)).toBe(0o004);
    expect([parseWireMode(0), parseWireMode(null), parseWireMode(undefined)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    for (const odd of [8, 689, -1, 1_000_000]) expect(() => parseWireMode(odd)).toThrow('octal');
  });
});

describe('paths of requests', () => {
  /** 255 bytes. */
  const LONGEST_NAME = `${'é'.repeat(127)}x`;
  const variables: Record<string, string> = { HOME: '/root', A: '/x', EMPTY: '' };
  const environment = { variable: (name: string) => variables[name], workingDir: '/work' };

  it.each([
    ['/a/../b//c/.', '/b/c'],
    ['~', '/root'],
    ['~/x', '/root/x'],
    ['~x', '/work/~x'],
    ['$A/y', '/x/y'],
    ['${A}y', '/xy'],
    ['rel/$EMPTY/z', '/work/rel/z'],
    ['/../..', '/'],
    ['//double', '/double'],
    ['/cost$', '/cost$'],
    [`/${LONGEST_NAME}`, `/${LONGEST_NAME}`],
  ])('%s means %s', (path, absolute) => {
    expect(absolutePath(path, environment)).toBe(absolute);
  });

  it.each(['', 'a\0b', '$UNSET/x', '${not a name}', `/${LONGEST_NAME}x`, '/name'.repeat(820)])(
    '%j is refused',
    (path) => {
      expect(() => absolutePath(path, environment)).toThrow();
    },
  );
});

describe('globs', () => {
  it.each([
    ['**', '.hidden', true],
    ['*.txt', 'a.txt', true],
    ['*.txt', 'a.txt2', false],
    ['?', 'ü', true],
    ['?', 'ab', false],
    ['[!a-c]x', 'dx', true],
    ['[!a-c]x', 'bx', false],
    ['[]a]', ']', true],
    ['{a,b{1,2}}.md', 'b2.md', true],
    ['{a,b}.md', 'c.md', false],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['a*b*c', 'aXbYbZc', true],
    ['a*b*c', 'acb', false],
  ])('%s on %s: %s', (pattern, name, fits) => {
    expect(namePattern(pattern)(name)).toBe(fits);
  });

  it.each(['[a', '{a,b', 'a\\'])('%s is refused', (pattern) => {
    expect(() => namePattern(pattern)).toThrow('not valid');
  });

  it('take no longer for a hostile pattern', () => {
    expect(namePattern(`${'*a'.repeat(2_000)}b`)('a'.repeat(4_000))).toBe(false);
    expect(() => namePattern('{a,b}'.repeat(20))).toThrow('too many');
  });
});

describe('byte ranges', () => {
  it.each([
    ['bytes=0-', { start: 0, length: 10 }],
    ['bytes=3-5', { start: 3, length: 3 }],
    ['bytes=-3', { start: 7, length: 3 }],
    ['bytes=-99', { start: 0, length: 10 }],
    ['bytes= 8 - 99 , 1-2', { start: 8, length: 2 }],
  ])('%s', (header, range) => {
    expect(parseByteRange(header, 10)).toEqual(range);
  });

  it.each(['bytes=10-', 'bytes=5-4', 'bytes=-0', 'items=0-1', 'bytes=a-b', ''])(
    '%j does not fit',
    (header) => {
      expect(() => parseByteRange(header, 10)).toThrow('does not fit');
    },
  );
});

describe('what tools of the sandbox print', () => {
  it('is read with names of any kind and numbers without names', () => {
    const output =
      '//81a4|0|7|12|root|UNKNOWN|2025-11-16 14:30:45.123456789 +0000|2025-11-16 14:30:46 +0000|/a|b\n\n' +
      '//41ed|0|0|4096|root|root|2025-11-16 14:30:45.5 +0000|2025-11-16 14:30:45.5 +0000|/\n';
    const [file, root] = parseStatRecords(Buffer.from(output));
    expect(file).toEqual({
      path: '/a|b\n',
      kind: 'file',
      sizeBytes: 12,
      mode: 0o644,
      owner: 'root',
      group: '7',
      modifiedAt: '2025-11-16T14:30:45.123456Z',
      createdAt: '2025-11-16T14:30:46.000000Z',
    });
    expect(root).toMatchObject({ path: '/', kind: 'directory', modifiedAt: '2025-11-16T14:30:45.500000Z' });
    expect(parseFoundPaths(Buffer.from('//a/b\n//c\nd\n///e\n'))).toEqual(['/a/b', '/c\nd', '/e']);
    expect(parseFoundPaths(Buffer.from(''))).toEqual([]);
  });

  it('is told in UTC with microseconds', () => {
    expect(isoTime('2025-11-16T14:30:45.123456789+02:00')).toBe('2025-11-16T12:30:45.123456Z');
    expect(isoTime('2025-11-16T14:30:45Z')).toBe('2025-11-16T14:30:45.000000Z');
  });

  it('is put in tree order', () => {
    const entries = ['/a-z', '/a/b', '/a', '/b'].map((path) => ({ path }) as FileEntry);
    expect(inTreeOrder(entries).map(({ path }) => path)).toEqual(['/a', '/a/b', '/a-z', '/b']);
  });
});

describe('accounts', () => {
  const accounts = new Accounts(
    'root:x:0:0::/root:/bin/sh\napp:x:1000:100:An app:/home/app:\nbroken\n',
    'users:x:100:app\n',
  );

  it('have names and numbers', () => {
    expect([accounts.ownerName(1000), accounts.ownerName(5)]).toEqual(['app', '5']);
    expect([accounts.uidOf('app'), accounts.uidOf('7'), accounts.uidOf('none')]).toEqual([
      1000,
      7,
      undefined,
    ]);
    expect([accounts.groupName(100), accounts.gidOf('users')]).toEqual(['users', 100]);
  });

  it.each([
    ['', { uid: 0, gid: 0, home: '/root' }],
    ['app', { uid: 1000, gid: 100, home: '/home/app' }],
    ['1000:0', { uid: 1000, gid: 0, home: '/home/app' }],
    ['4242', { uid: 4242, gid: 0, home: '/' }],
  ])('tell whom the user %j is', (user, expected) => {
    expect(accounts.resolveUser(user)).toEqual(expected);
  });
});
