import { Transform, type TransformCallback } from 'node:stream';
import { asError } from '../errors';
import { readPrelude, type Described } from './tar-prelude';

const BLOCK_BYTES = 512;
/** Offsets in a header block (POSIX ustar, `pax(1)`). */
const NAME = { at: 0, length: 100 };
const SIZE = { at: 124, length: 12 };
const TYPE_AT = 156;
const LINK_NAME = { at: 157, length: 100 };
/** Where a header has it, names go on from there: POSIX's own, unlike GNU's, ends in a zero. */
const POSIX_MARK = { at: 257, text: 'ustar\0' };
const NAME_PREFIX = { at: 345, length: 155 };
/** GNU: a size too large for octal digits is binary, marked by the first bit. */
const BINARY_SIZE_MARK = 0x80;
/** Entries that only describe the next one: pax headers and GNU long names. */
const PRELUDES = new Set(['x', 'L', 'K', 'N']);
/** Describes everything behind it, and is as long as it says. */
const GLOBAL_PRELUDE = 'g';
/** Preludes of an entry are held in memory; extended attributes fill some KiB of them, far less than this. */
const MAX_PRELUDE_BYTES = 16 * 2 ** 20;

export interface TarFilterEntry {
  /** As the plain header says it; a longer name is cut. */
  name: string;
  /** `0` file, `1` hard link, `2` symbolic link, `5` directory (POSIX). */
  type: string;
  linkName: string;
  sizeBytes: number;
  /** The whole name, wherever the tar says it. */
  path: string;
}

/**
 * Passes a tar on byte for byte, without the entries that `isUnwanted` names. Nothing is decoded and encoded again,
 * so names in any character set and binary extended attributes stay what they were, whatever the size, with flat
 * memory, also for whoever reads what comes out: descriptions longer than any real one are an error. So is, unless
 * `mayLackEnd`, a tar without the mark at its end.
 */
export class TarFilter extends Transform {
  private header: Buffer[] = [];
  private headerBytes = 0;
  /** What is left of the content that is being read, padding included. */
  private contentBytes = 0;
  private content: 'pass' | 'drop' | 'hold' = 'pass';
  /** A prelude waits for the entry that it describes. */
  private held: Buffer[] = [];
  private heldBytes = 0;
  private heldType = '';
  private heldSizeBytes = 0;
  private heldContent: Buffer[] = [];
  /** What the preludes say of the entry that comes next. */
  private described: Described = {};
  private atEnd = false;

  constructor(
    private readonly isUnwanted: (entry: TarFilterEntry) => boolean,
    private readonly mayLackEnd = false,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.takeChunk(chunk);
      done();
    } catch (error) {
      done(asError(error));
    }
  }

  private takeChunk(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.atEnd) {
        this.push(chunk.subarray(offset));
        break;
      }
      const wanted = this.contentBytes > 0 ? this.contentBytes : BLOCK_BYTES - this.headerBytes;
      const piece = chunk.subarray(offset, offset + wanted);
      offset += piece.length;
      if (this.contentBytes > 0) this.takeContent(piece);
      else this.takeHeader(piece);
    }
  }

  override _flush(done: TransformCallback): void {
    done(this.atEnd || this.mayLackEnd ? null : new Error('The archive ended early.'));
  }

  private takeContent(piece: Buffer): void {
    this.contentBytes -= piece.length;
    if (this.content === 'pass') this.push(piece);
    if (this.content !== 'hold') return;
    this.held.push(piece);
    this.heldContent.push(piece);
    if (this.contentBytes === 0) this.endPrelude();
  }

  private takeHeader(piece: Buffer): void {
    this.header.push(piece);
    this.headerBytes += piece.length;
    if (this.headerBytes < BLOCK_BYTES) return;
    const block = Buffer.concat(this.header);
    this.header = [];
    this.headerBytes = 0;
    if (block.every((byte) => byte === 0)) {
      this.atEnd = true;
      this.push(block);
      return;
    }
    const type = String.fromCharCode(block[TYPE_AT] ?? 0);
    if (PRELUDES.has(type)) this.beginPrelude(block, type);
    else this.beginEntry(block, type);
  }

  private beginPrelude(block: Buffer, type: string): void {
    this.held.push(block);
    this.heldType = type;
    this.heldContent = [];
    this.content = 'hold';
    this.heldSizeBytes = sizeOf(block);
    this.contentBytes = padded(this.heldSizeBytes);
    this.heldBytes += block.length + this.contentBytes;
    refuseTooLong(this.heldBytes);
  }

  private endPrelude(): void {
    const content = Buffer.concat(this.heldContent).subarray(0, this.heldSizeBytes);
    this.described = { ...this.described, ...readPrelude(this.heldType, content) };
  }

  private beginEntry(block: Buffer, type: string): void {
    const { path, sizeBytes = sizeOf(block) } = this.described;
    if (type === GLOBAL_PRELUDE) refuseTooLong(sizeBytes);
    const entry = {
      name: textOf(block, NAME),
      type: type === '\0' ? '0' : type,
      linkName: textOf(block, LINK_NAME),
      sizeBytes,
      path: path ?? pathOf(block),
    };
    this.content = this.isUnwanted(entry) ? 'drop' : 'pass';
    if (this.content === 'pass') for (const each of [...this.held, block]) this.push(each);
    this.contentBytes = padded(sizeBytes);
    this.held = [];
    this.heldBytes = 0;
    this.heldContent = [];
    this.described = {};
  }
}

function refuseTooLong(bytes: number): void {
  if (bytes > MAX_PRELUDE_BYTES) throw new Error('A tar header is larger than any real one.');
}

function sizeOf(block: Buffer): number {
  const field = block.subarray(SIZE.at, SIZE.at + SIZE.length);
  if (((field[0] ?? 0) & BINARY_SIZE_MARK) === 0) return parseInt(textOf(block, SIZE).trim() || '0', 8);
  // Six bytes hold 256 TiB; the mark is in the first one, which is not among them.
  return field.readUIntBE(SIZE.length - 6, 6);
}

function pathOf(block: Buffer): string {
  const name = utf8Of(block, NAME);
  const isPosix =
    block.toString('latin1', POSIX_MARK.at, POSIX_MARK.at + POSIX_MARK.text.length) === POSIX_MARK.text;
  const prefix = isPosix ? utf8Of(block, NAME_PREFIX) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function utf8Of(block: Buffer, field: { at: number; length: number }): string {
  return Buffer.from(textOf(block, field), 'latin1').toString();
}

function textOf(block: Buffer, { at, length }: { at: number; length: number }): string {
  const end = block.indexOf(0, at);
  return block.toString('latin1', at, end < 0 || end > at + length ? at + length : end);
}

function padded(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}
