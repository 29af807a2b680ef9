import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BackgroundLog } from '../../../src-main/exec/background-log';
import { waitFor } from '../../support/wait-for';

const MIB = 2 ** 20;

describe('the log of a background command', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'opensandbox-log-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function text(log: BackgroundLog, offset: number) {
    const { bytes, next } = await log.read(offset);
    return { text: (await buffer(bytes)).toString(), next };
  }

  it('leaves an unfinished character for the next read while the command runs', async () => {
    const log = await BackgroundLog.create(folder);
    const source = new PassThrough();
    const recorded = log.record(source);
    source.write(Buffer.concat([Buffer.from('a'), Buffer.from('€').subarray(0, 2)]));
    await waitFor('the bytes', () => (log.size === 3 ? true : undefined));
    expect(await text(log, 0)).toEqual({ text: 'a', next: 1 });
    source.end(Buffer.from('€').subarray(2));
    await recorded;
    expect(await text(log, 1)).toEqual({ text: '€', next: 4 });
    expect(await text(log, 4)).toEqual({ text: '', next: 4 });
    expect(await text(log, 99)).toEqual({ text: '', next: 99 });
  });

  it('keeps the end of an endless log, and offsets that count from its beginning', async () => {
    const log = await BackgroundLog.create(folder);
    const chunks = Array.from({ length: 100 }, (_, i) =>
      Buffer.alloc(MIB, String.fromCharCode(65 + (i % 26))),
    );
    await log.record(Readable.from(chunks));
    expect(log.size).toBe(100 * MIB);
    expect(await readdir(folder)).toHaveLength(2);
    const { bytes, length, next } = await log.read(0);
    expect(next).toBe(100 * MIB);
    expect(length).toBe(log.keptBytes);
    const kept = await buffer(bytes);
    expect(kept.length).toBe(length);
    expect(kept.subarray(-MIB).equals(chunks[99] ?? Buffer.alloc(0))).toBe(true);
    expect(kept.subarray(0, MIB).equals(chunks[100 - length / MIB] ?? Buffer.alloc(0))).toBe(true);
  }, 60_000);
});
