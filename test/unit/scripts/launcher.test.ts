import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { unlessItFails } from '../../../scripts/lib/engine.mjs';
import { parseLaunchOptions } from '../../../scripts/lib/launch-options.mjs';
import { parseReady } from '../../../scripts/lib/server.mjs';
import { LauncherError, Steps } from '../../../scripts/lib/steps.mjs';

const start = join(import.meta.dirname, '../../../scripts/start.mjs');
const run = promisify(execFile);

describe('npm start', () => {
  it('passes on what the server checks and keeps its own options to itself', () => {
    const options = parseLaunchOptions(['--headless', '--port', '9000', '--data-dir=/tmp/x', '--json']);
    expect(options).toMatchObject({ headless: true, open: false, json: true });
    expect(options.passedOn).toEqual(['--port', '9000', '--data-dir', '/tmp/x']);
    expect(parseLaunchOptions([])).toMatchObject({ headless: false, open: true, passedOn: [] });
  });

  it('answers --help before any set-up', async () => {
    const { stdout } = await run(process.execPath, [start, '--help']);
    expect(stdout).toMatch(/^Usage: npm start/);
    expect(stdout).toContain('--headless');
  });

  it('refuses an unknown option with exit code 1 and without a stack trace', async () => {
    await expect(run(process.execPath, [start, '--prot', '1'])).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^Unknown option '--prot'(?![^]*\n\s+at )/) as string,
    });
  });

  it('goes on without an engine that cannot be installed, and says why; a fault of its own stops it', async () => {
    const output = new PassThrough();
    // Only write and isTTY of the terminal are used.
    const steps = new Steps(output as unknown as NodeJS.WriteStream);
    const failing = (error: Error) => unlessItFails(steps, (): Promise<string> => Promise.reject(error));
    expect(await failing(new LauncherError('apt-get update failed: no network'))).toBeUndefined();
    expect(String(output.read())).toBe('! apt-get update failed: no network\n');
    await expect(failing(new TypeError('a bug'))).rejects.toThrow('a bug');
    expect(await unlessItFails(steps, () => Promise.resolve('an engine'))).toBe('an engine');
  });

  it('recognises the ready line among other output', () => {
    const ready = {
      event: 'ready',
      api: 'http://localhost:8080/v1',
      gui: 'http://localhost:8080/sign-in?token=x',
    };
    expect(parseReady(JSON.stringify(ready))).toMatchObject(ready);
    expect(parseReady('{"event":"ready"}')).toBeUndefined();
    expect(parseReady('{"event":"stopped","api":"a","gui":"b"}')).toBeUndefined();
    expect(parseReady('plain text')).toBeUndefined();
  });
});
