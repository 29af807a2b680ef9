/** What a shell of ours says between the bytes of the commands it runs. */
export type MarkKind = 'start' | 'refused' | 'end' | 'settled';

export interface Mark {
  kind: MarkKind;
  /** The rest of the line, such as a process id or an exit status. */
  text: string;
}

const KIND_OF_LETTER: Readonly<Record<string, MarkKind>> = {
  S: 'start',
  X: 'refused',
  E: 'end',
  R: 'settled',
};
const LETTER_OF_KIND = { start: 'S', refused: 'X', end: 'E', settled: 'R' } as const;
/** A line longer than this after the nonce is no mark of ours. */
const MAX_MARK_TEXT_BYTES = 256;
const NEWLINE = 0x0a;

/** The line that announces something; the nonce is fresh and random per command, so no output can hold it. */
export function markPrefix(nonce: string, kind: MarkKind): string {
  return `${nonce}${LETTER_OF_KIND[kind]} `;
}

/**
 * Finds marks in one stream, whatever bytes surround them and wherever chunks split. Bytes that cannot belong to a
 * mark are passed on at once, so nothing that a command printed waits for what it prints next.
 */
export class MarkedOutput {
  private readonly nonce: Buffer;
  /** Bytes at the end of the last chunk that may begin a mark. */
  private held: Buffer = Buffer.alloc(0);

  constructor(
    nonce: string,
    private readonly onBytes: (bytes: Buffer) => void,
    private readonly onMark: (mark: Mark) => void,
  ) {
    this.nonce = Buffer.from(nonce, 'latin1');
  }

  take(chunk: Buffer): void {
    let rest = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    this.held = Buffer.alloc(0);
    for (;;) {
      const at = rest.indexOf(this.nonce);
      if (at === -1) {
        const keep = this.beginningAtEnd(rest);
        this.pass(rest.subarray(0, rest.length - keep));
        this.held = rest.subarray(rest.length - keep);
        return;
      }
      this.pass(rest.subarray(0, at));
      rest = rest.subarray(at);
      const newline = rest.indexOf(NEWLINE);
      if (newline === -1 && rest.length <= this.nonce.length + MAX_MARK_TEXT_BYTES) {
        this.held = rest;
        return;
      }
      const line = rest.subarray(this.nonce.length, newline === -1 ? undefined : newline).toString('latin1');
      const kind = KIND_OF_LETTER[line.slice(0, 1)];
      if (kind !== undefined) this.onMark({ kind, text: line.slice(2) });
      rest = newline === -1 ? Buffer.alloc(0) : rest.subarray(newline + 1);
    }
  }

  /** Passes on what was held back, when the stream ends without a mark. */
  end(): void {
    this.pass(this.held);
    this.held = Buffer.alloc(0);
  }

  private pass(bytes: Buffer): void {
    if (bytes.length > 0) this.onBytes(bytes);
  }

  /** Length of the longest end of the bytes that is a beginning of the nonce. */
  private beginningAtEnd(bytes: Buffer): number {
    const longest = Math.min(bytes.length, this.nonce.length - 1);
    for (let length = longest; length > 0; length -= 1) {
      if (this.nonce.compare(bytes, bytes.length - length, bytes.length, 0, length) === 0) return length;
    }
    return 0;
  }
}
