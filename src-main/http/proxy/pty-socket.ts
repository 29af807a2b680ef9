import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { AppError, messageOf } from '../../errors';
import type { PtySession } from '../../exec/pty-session';
import type { Upgrade } from './upgrades';

/** First byte of a binary frame (components/execd/PTY.md of the reference project). */
const STDIN = 0;
const OUTPUT = { stdout: 1, stderr: 2 } as const;
const REPLAY = 3;
const OFFSET_BYTES = 8;

const CLOSED_NORMALLY = 1000;
const FAILED = 1011;
const TAKEN_OVER = 4001;

const MAX_INPUT_BYTES = 2 ** 20;
/** Beyond this the shell waits for its reader. */
const MAX_UNSENT_BYTES = 2 ** 18;
const PING_MS = 30_000;

const SIGNAL_NAME = /^SIG([A-Z0-9]{2,10})$/;

const handshakes = new WebSocketServer({ noServer: true, maxPayload: MAX_INPUT_BYTES });

/**
 * Connects a WebSocket with a terminal session.
 * @throws AppError 409 `ALREADY_CONNECTED` while another one is connected and is not to be taken over
 */
export function servePty(
  upgrade: Upgrade,
  session: PtySession,
  { query, used }: { query: URLSearchParams; used: () => void },
): void {
  if (session.isHeld && query.get('takeover') !== '1') {
    throw new AppError(
      409,
      'ALREADY_CONNECTED',
      `Another client is connected to terminal session ${session.id}. Add takeover=1 to take its place.`,
    );
  }
  const { request, socket, head } = upgrade;
  handshakes.handleUpgrade(request, socket, head, (client) => {
    client.on('message', used);
    const connection = new PtyConnection(client, session);
    void connection.open(query.get('pty') === '0' ? 'pipe' : 'pty', Number(query.get('since') ?? 0) || 0);
  });
}

/** One client's time with a session. */
class PtyConnection {
  private pinging: NodeJS.Timeout | undefined;
  private answered = true;

  constructor(
    private readonly client: WebSocket,
    private readonly session: PtySession,
  ) {}

  async open(mode: 'pty' | 'pipe', since: number): Promise<void> {
    const { client, session } = this;
    session.hold(this);
    client.on('error', () => client.terminate());
    client.once('close', () => this.over());
    try {
      await session.start(mode);
    } catch (error) {
      this.say({ type: 'error', code: 'START_FAILED', error: messageOf(error) });
      client.close(FAILED, 'START_FAILED');
      return;
    }
    if (client.readyState !== client.OPEN) return;
    this.replay(since);
    this.say({ type: 'connected', session_id: session.id, mode: session.mode });
    if (session.exitCode !== undefined) {
      this.onExit(session.exitCode);
      return;
    }
    session.on('output', this.onOutput);
    session.once('exit', this.onExit);
    client.on('message', (data, isBinary) => this.take(data, isBinary));
    client.on('pong', () => (this.answered = true));
    this.pinging = setInterval(() => this.ping(), PING_MS).unref();
  }

  evict(): void {
    this.client.close(TAKEN_OVER, 'TAKEN_OVER');
    this.over();
  }

  private over(): void {
    clearInterval(this.pinging);
    this.session.off('output', this.onOutput);
    this.session.off('exit', this.onExit);
    this.session.release(this);
  }

  private readonly onOutput = (channel: 'stdout' | 'stderr', bytes: Buffer): void => {
    this.client.send(Buffer.concat([Buffer.of(OUTPUT[channel]), bytes]), () => {
      if (this.client.bufferedAmount <= MAX_UNSENT_BYTES) this.session.resume();
    });
    if (this.client.bufferedAmount > MAX_UNSENT_BYTES) this.session.pause();
  };

  private readonly onExit = (code: number): void => {
    this.say({ type: 'exit', exit_code: code });
    this.client.close(CLOSED_NORMALLY, 'process exited');
  };

  private replay(since: number): void {
    const { offset, bytes } = this.session.replay.since(since);
    if (bytes.length === 0) return;
    const header = Buffer.alloc(1 + OFFSET_BYTES);
    header[0] = REPLAY;
    header.writeBigInt64BE(BigInt(offset), 1);
    this.client.send(Buffer.concat([header, bytes]));
  }

  private take(data: RawData, isBinary: boolean): void {
    // The server is set to give whole buffers.
    const bytes = data as Buffer;
    if (isBinary) {
      if (bytes[0] === STDIN) this.session.write(bytes.subarray(1));
      return;
    }
    this.command(readFrame(bytes));
  }

  private command(frame: Record<string, unknown> | undefined): void {
    const { session } = this;
    switch (frame?.['type']) {
      case 'stdin':
        if (typeof frame['data'] === 'string') session.write(Buffer.from(frame['data']));
        return;
      case 'resize':
        if (isSize(frame['rows']) && isSize(frame['cols'])) {
          void session.resize(frame['rows'], frame['cols']);
        }
        return;
      case 'signal':
        this.signal(frame['signal']);
        return;
      case 'ping':
        this.say({ type: 'pong' });
        return;
      default:
        this.refuse(`There is no frame of type ${JSON.stringify(frame?.['type'])}.`);
    }
  }

  private signal(name: unknown): void {
    const signal = typeof name === 'string' ? SIGNAL_NAME.exec(name)?.[1] : undefined;
    if (signal === undefined) this.refuse(`${JSON.stringify(name)} is no name of a signal, such as SIGINT.`);
    else this.session.signal(signal).catch((error: unknown) => this.refuse(messageOf(error)));
  }

  private refuse(error: string): void {
    this.say({ type: 'error', code: 'INVALID_FRAME', error });
  }

  private say(frame: Record<string, unknown>): void {
    this.client.send(JSON.stringify(frame));
  }

  /** A client that vanished without a word would hold the session for ever. */
  private ping(): void {
    if (!this.answered) {
      this.client.terminate();
      return;
    }
    this.answered = false;
    this.client.ping();
  }
}

function readFrame(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536;
}
