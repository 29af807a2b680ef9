import { Duplex } from 'node:stream';
import type { ExecStreams } from '../engine/exec-streams';
import type { ExecOpening } from './exec-opening';
import type { SandboxTarget } from './sandbox-target';

/**
 * Joins standard input and output with a port of the sandbox's own loopback, by the first program found. Everything
 * ends when the service hangs up: what a child would hold open would hold the exec open too.
 */
const TUNNEL_SCRIPT = `
if command -v socat >/dev/null 2>&1; then exec socat - "TCP:127.0.0.1:$1"; fi
if command -v nc >/dev/null 2>&1; then exec nc 127.0.0.1 "$1"; fi
if command -v bash >/dev/null 2>&1; then exec bash -c '
  exec 3<>"/dev/tcp/127.0.0.1/$1" 4<&0 || exit 1
  { cat <&4 >&3 2>/dev/null; kill -KILL 0; } &
  cat <&3; kill -KILL 0' tunnel "$1"; fi
exit 127`;

/**
 * Opens a connection to a port inside the sandbox through an exec, for where its address cannot be reached. What is
 * refused inside shows as an end without a single byte.
 * @throws AppError 503 `DOCKER::SANDBOX_NOT_RUNNING`
 */
export async function openTunnel(
  opening: ExecOpening,
  target: SandboxTarget,
  port: number,
): Promise<TunnelSocket> {
  const streams = await opening.open(target, {
    command: ['/bin/sh', '-c', TUNNEL_SCRIPT, 'tunnel', String(port)],
  });
  return new TunnelSocket(streams);
}

/** The exec's streams as one connection, with what HTTP clients ask of a socket. */
export class TunnelSocket extends Duplex {
  /** Whether the other side ever sent anything. */
  heard = false;

  constructor(private readonly streams: ExecStreams) {
    super({ allowHalfOpen: false });
    streams.stdout.on('data', (chunk: Buffer) => {
      this.heard = true;
      if (!this.push(chunk)) streams.stdout.pause();
    });
    streams.stdout.once('end', () => this.push(null));
    // The program's own complaints are of no use to the caller, but must not block it.
    streams.stderr.resume();
    streams.stdin.once('error', (error) => this.destroy(error));
  }

  override _read(): void {
    this.streams.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.streams.stdin.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.streams.stdin.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.streams.destroy();
    done(error);
  }

  /** An exec has neither delays nor keep-alive probes to set. */
  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  private idleTimer: NodeJS.Timeout | undefined;

  /** As of `net.Socket`: emits `timeout` once nothing was read or written for so long. 0 switches it off. */
  setTimeout(idleMs: number, onTimeout?: () => void): this {
    clearTimeout(this.idleTimer);
    if (onTimeout !== undefined) this.once('timeout', onTimeout);
    if (idleMs > 0) this.idleTimer = setTimeout(() => this.emit('timeout'), idleMs).unref();
    return this;
  }
}
