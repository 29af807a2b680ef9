import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkNode, hashOf, installedMatchesLock, sourceFiles } from '../../../scripts/lib/project.mjs';
import { LauncherError, Steps } from '../../../scripts/lib/steps.mjs';

const lockOf = (packages: Record<string, { version: string; optional?: boolean }>): string =>
  JSON.stringify({ packages: { '': { version: '0.1.0' }, ...packages } });

describe('installedMatchesLock', () => {
  const wanted = lockOf({
    'node_modules/a': { version: '1.0.0' },
    'node_modules/a-darwin': { version: '1.0.0', optional: true },
  });

  it('accepts a tree without the optional packages of other platforms', () => {
    expect(installedMatchesLock(wanted, lockOf({ 'node_modules/a': { version: '1.0.0' } }))).toBe(true);
  });

  it.each([
    ['another version', lockOf({ 'node_modules/a': { version: '1.0.1' } })],
    ['a missing package', lockOf({ 'node_modules/b': { version: '1.0.0' } })],
    ['nothing installed', ''],
  ])('refuses %s', (_what, installed) => {
    expect(installedMatchesLock(wanted, installed)).toBe(false);
  });
});

describe('the hash of the sources', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'osb-'));
    await mkdir(join(root, 'src-main/engine'), { recursive: true });
    await writeFile(join(root, 'src-main/engine/a.ts'), 'one');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('stays when only times change, and changes with content and with a new file', async () => {
    const before = hashOf(sourceFiles(root));
    await utimes(join(root, 'src-main/engine/a.ts'), 1, 1);
    expect(hashOf(sourceFiles(root))).toBe(before);
    await writeFile(join(root, 'src-main/engine/a.ts'), 'two');
    const changed = hashOf(sourceFiles(root));
    expect(changed).not.toBe(before);
    await writeFile(join(root, 'src-main/b.ts'), '');
    expect(hashOf(sourceFiles(root))).not.toBe(changed);
  });
});

describe('checkNode', () => {
  it('refuses an old Node and says how to get a newer one', () => {
    const steps = new Steps(process.stdout);
    expect(() => checkNode(steps, '20.18.9')).toThrow(LauncherError);
    expect(() => checkNode(steps, '18.20.0')).toThrow(/20\.19 or later.*https:\/\/nodejs\.org/);
  });
});

describe('the documentation of security', () => {
  it('names every shipped dependency with its reason, and no other', async () => {
    const { dependencies } = JSON.parse(await readFile('package.json', 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const [, table = ''] = (await readFile('docs/security.md', 'utf8')).split('## Shipped dependencies');
    const named = [...table.matchAll(/^\| `([^`]+)`\s+\| \S.*\|$/gm)].map(([, name]) => name);
    expect(named).toEqual(Object.keys(dependencies));
  });
});
