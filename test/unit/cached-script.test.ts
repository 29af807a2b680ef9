import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadScript } from '../../src-main/cached-script';
import { waitFor } from '../support/wait-for';

/** Longer than a start may take. */
const A_WHILE_MS = 60_000;

let folder: string;
let file: string;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  folder = await mkdtemp(join(tmpdir(), 'opensandbox-script-'));
  file = join(folder, 'server.cjs');
});

afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

describe('a script with kept code', () => {
  it('exports the same with it as without', async () => {
    await writeFile(file, 'const { basename } = require("node:path"); exports.name = basename(__filename);');
    expect(loadScript(file)).toEqual({ name: 'server.cjs' });
    const [kept] = await keptCode();
    expect(loadScript(file)).toEqual({ name: 'server.cjs' });
    vi.advanceTimersByTime(A_WHILE_MS);
    expect(await readdir(folder)).toEqual(['server.cjs', kept]);
  });

  it('runs what the file says now, though it is as long as before', async () => {
    await writeFile(file, 'module.exports = 1;');
    expect(loadScript(file)).toBe(1);
    await keptCode();
    await writeFile(file, 'module.exports = 2;');
    expect(loadScript(file)).toBe(2);
  });

  it.each([
    ['damaged', (code: Buffer) => code.fill(0xff, code.length / 2)],
    ['cut off', (code: Buffer) => code.subarray(0, code.length / 2)],
    ['empty', () => Buffer.alloc(0)],
  ])('compiles and keeps it anew where that is %s', async (_how, damage) => {
    await writeFile(file, 'module.exports = 1;');
    loadScript(file);
    const [kept = ''] = await keptCode();
    const damaged = damage(await readFile(join(folder, kept)));
    await writeFile(join(folder, kept), damaged);
    expect(loadScript(file)).toBe(1);
    vi.advanceTimersByTime(A_WHILE_MS);
    await waitFor('the code to be kept anew', async () =>
      (await readFile(join(folder, kept))).equals(damaged) ? undefined : true,
    );
  });

  it('throws what the script throws', async () => {
    await writeFile(file, 'throw new Error("no start");');
    expect(() => loadScript(file)).toThrow('no start');
  });
});

/** The files of kept code, once there are some. */
function keptCode(): Promise<string[]> {
  vi.advanceTimersByTime(A_WHILE_MS);
  return waitFor('code to be kept', async () => {
    const kept = (await readdir(folder)).filter((name) => name.endsWith('.cache'));
    return kept.length > 0 ? kept : undefined;
  });
}
