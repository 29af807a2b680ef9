import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { boundedExpansion } from '../../../src-main/engine/bounded-expansion';

const MIB = 2 ** 20;
const PIECE_BYTES = 64 * 1024;

async function passed(content: Buffer): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < content.length; at += PIECE_BYTES)
    pieces.push(content.subarray(at, at + PIECE_BYTES));
  const bounded = boundedExpansion(() => new Error('it grows to many times its size'));
  const [out] = await Promise.all([buffer(bounded), pipeline(Readable.from(pieces), bounded)]);
  return out;
}

it('passes on what is packed as programs are, what is not packed, and what only begins as if it were', async () => {
  const ordinary = gzipSync(Buffer.concat([randomBytes(MIB), Buffer.alloc(MIB)]));
  const zeros = gzipSync(Buffer.alloc(50 * MIB));
  for (const content of [ordinary, zeros, randomBytes(MIB), Buffer.of(0x1f, 1, 2, 3), Buffer.alloc(0)])
    expect((await passed(content)).equals(content)).toBe(true);
});

it('refuses what grows to many times its size, also behind a beginning that does not', async () => {
  const bomb = gzipSync(Buffer.alloc(100 * MIB));
  const hidden = Buffer.concat([gzipSync(randomBytes(MIB / 4)), bomb]);
  for (const content of [bomb, hidden])
    await expect(passed(content)).rejects.toThrow(/grows to many times its size/);
});
