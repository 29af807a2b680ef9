import { Transform, type TransformCallback } from 'node:stream';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export interface LineRange {
  /** First line, counted from 1. */
  offset: number;
  /** At most so many lines; all when absent. */
  limit?: number;
}

/**
 * Lets some lines of a text through, joined by `\n`, with no newline at the end and without the `\r` before a line's
 * end (CONTRACT.md 4.6). Lines are never collected, so their length does not matter.
 */
export class LineRangeFilter extends Transform {
  private line = 1;
  private wroteLine = false;
  /** A `\r` that may turn out to end the line. */
  private heldReturn = false;
  private lineHasBytes = false;

  constructor(
    private readonly range: LineRange,
    /** Called once when every wanted line has passed, so that nobody reads on for nothing. */
    private readonly onComplete: () => void = () => undefined,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let at = 0;
    while (at < chunk.length && !this.isComplete()) {
      const end = chunk.indexOf(LINE_FEED, at);
      const text = chunk.subarray(at, end < 0 ? chunk.length : end);
      if (this.isWanted()) this.takeText(text, end >= 0);
      if (end < 0) break;
      this.endLine();
      at = end + 1;
    }
    done();
  }

  private isWanted(): boolean {
    return this.line >= this.range.offset;
  }

  private isComplete(): boolean {
    const { offset, limit } = this.range;
    return limit !== undefined && this.line >= offset + limit;
  }

  /** A line begins with its first byte or its end; only then is the newline before it known to be between two lines. */
  private takeText(text: Buffer, lineEnds: boolean): void {
    if (text.length === 0 && !lineEnds) return;
    if (!this.lineHasBytes) {
      if (this.wroteLine) this.push('\n');
      this.wroteLine = true;
      this.lineHasBytes = true;
    }
    if (text.length === 0) return;
    if (this.heldReturn) this.push('\r');
    this.heldReturn = text[text.length - 1] === CARRIAGE_RETURN;
    const kept = this.heldReturn ? text.subarray(0, -1) : text;
    if (kept.length > 0) this.push(kept);
  }

  private endLine(): void {
    this.line += 1;
    this.heldReturn = false;
    this.lineHasBytes = false;
    if (this.isComplete()) this.onComplete();
  }
}
