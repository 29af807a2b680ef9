import { Readable, type Duplex, type Writable } from 'node:stream';

/** A started exec without a terminal. */
export interface ExecStreams {
  execId: string;
  /** Ending it closes the process's standard input and leaves its output open. */
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  /** Drops the connection. The process is not told and goes on. */
  destroy(): void;
}

/** Docker API, "Stream format": type, three zero bytes, length of the payload. */
const HEADER_BYTES = 8;
/** Kind of a frame, beside 1 for standard output. */
export const STDERR = 2;

/**
 * Splits the engine's one stream into the process's two. When the reader of either is slow the connection is paused,
 * so memory stays flat; a reader must therefore take both.
 */
export function demuxExec(execId: string, socket: Duplex): ExecStreams {
  const resume = () => socket.resume();
  const stdout = new Readable({ read: resume });
  const stderr = new Readable({ read: resume });
  const splitter = new FrameSplitter((stream, payload) => {
    const wanted = (stream === STDERR ? stderr : stdout).push(payload);
    if (!wanted) socket.pause();
  });
  const end = () => {
    stdout.push(null);
    stderr.push(null);
  };
  socket.on('data', (chunk: Buffer) => splitter.take(chunk));
  socket.once('end', end);
  socket.once('close', end);
  // A broken connection looks like the end of the output; whoever waits for the process asks the engine then.
  socket.on('error', end);
  return { execId, stdin: socket, stdout, stderr, destroy: () => socket.destroy() };
}

/** Cuts chunks, which split anywhere, into payloads; a payload is passed on as it comes, never collected. */
export class FrameSplitter {
  private readonly header = Buffer.alloc(HEADER_BYTES);
  private headerBytes = 0;
  private payloadLeft = 0;

  constructor(private readonly onPayload: (stream: number, payload: Buffer) => void) {}

  take(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.payloadLeft > 0) {
        const payload = chunk.subarray(at, at + this.payloadLeft);
        at += payload.length;
        this.payloadLeft -= payload.length;
        this.onPayload(this.header[0] ?? 0, payload);
        continue;
      }
      const copied = chunk.copy(this.header, this.headerBytes, at, at + HEADER_BYTES - this.headerBytes);
      at += copied;
      this.headerBytes += copied;
      if (this.headerBytes < HEADER_BYTES) return;
      this.headerBytes = 0;
      this.payloadLeft = this.header.readUInt32BE(4);
    }
  }
}
