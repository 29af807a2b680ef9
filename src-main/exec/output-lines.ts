/** A longer line is split: a client's reader gives up at 4 MiB of JSON (CONTRACT.md 4.2). */
const LONGEST_LINE_CHARS = 2 ** 20;
const HIGH_SURROGATE = /[\uD800-\uDBFF]$/;

/**
 * Turns bytes into lines without their terminators (`\n`, `\r` or `\r\n`), wherever chunks split. Invalid UTF-8
 * becomes replacement characters.
 */
export class OutputLines {
  // Without ignoreBOM the decoder would swallow a byte order mark that the command printed.
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  private unfinished = '';
  private afterReturn = false;

  /** The lines that these bytes complete. */
  take(bytes: Buffer): string[] {
    return this.split(this.decoder.decode(bytes, { stream: true }));
  }

  /** What came after the last terminator, if anything. */
  end(): string[] {
    const lines = this.split(this.decoder.decode());
    const last = this.unfinished;
    this.unfinished = '';
    return last === '' ? lines : [...lines, last];
  }

  private split(text: string): string[] {
    if (text === '') return [];
    // A `\r` ended its line at once; a `\n` that follows in the next chunk belongs to it.
    const fresh = this.afterReturn && text.startsWith('\n') ? text.slice(1) : text;
    this.afterReturn = text.endsWith('\r');
    const pieces = fresh.split(/\r\n|\n|\r/);
    pieces[0] = this.unfinished + (pieces[0] ?? '');
    this.unfinished = pieces.pop() ?? '';
    const lines = pieces.flatMap(splitLong);
    const parts = splitLong(this.unfinished);
    this.unfinished = parts.pop() ?? '';
    return [...lines, ...parts];
  }
}

function splitLong(line: string): string[] {
  if (line.length <= LONGEST_LINE_CHARS) return [line];
  const parts: string[] = [];
  for (let at = 0; at < line.length;) {
    let end = Math.min(at + LONGEST_LINE_CHARS, line.length);
    if (end < line.length && HIGH_SURROGATE.test(line.slice(end - 1, end))) end -= 1;
    parts.push(line.slice(at, end));
    at = end;
  }
  return parts;
}
