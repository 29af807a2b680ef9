import { ApiError, errorMessage } from '../../api/api-error';
import { getTerminal, terminalAddress } from '../../api/terminal-api';

/** First byte of a binary frame (components/execd/PTY.md of the reference project). */
const STDIN = 0;
const REPLAY = 3;
const REPLAY_HEADER_BYTES = 9;
const CLOSED_NORMALLY = 1000;
const TAKEN_OVER = 4001;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;

export type ConnectionState =
  | { kind: 'connecting' }
  | { kind: 'open' }
  /** Tries again by itself. */
  | { kind: 'lost' }
  /** The sandbox does not run; tries again when told to. */
  | { kind: 'stopped' }
  | { kind: 'taken-over' }
  | { kind: 'ended'; message: string };

export interface ConnectionEvents {
  onState: (state: ConnectionState) => void;
  onOutput: (bytes: Uint8Array) => void;
  /** What was missed. */
  onReplay: (bytes: Uint8Array) => void;
}

/** A connection with a terminal session that comes back after a loss and asks for what it missed. */
export class TerminalConnection {
  private socket: WebSocket | undefined;
  private offset = 0;
  private retryMs = FIRST_RETRY_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private size: { rows: number; cols: number } | undefined;
  private failure: string | undefined;
  private state: ConnectionState = { kind: 'connecting' };
  private closed = false;
  private opening = false;

  constructor(
    private readonly sandboxId: string,
    private readonly sessionId: string,
    private readonly events: ConnectionEvents,
  ) {}

  /** Connects unless it is connected or ended; also after a takeover or when the sandbox runs again. */
  connect(): void {
    if (this.closed || this.opening || this.socket !== undefined || this.state.kind === 'ended') return;
    clearTimeout(this.timer);
    this.enter({ kind: 'connecting' });
    void this.open();
  }

  write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    const frame = new Uint8Array(bytes.length + 1);
    frame[0] = STDIN;
    frame.set(bytes, 1);
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(frame);
  }

  resize(rows: number, cols: number): void {
    this.size = { rows, cols };
    this.sendSize();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  private async open(): Promise<void> {
    this.opening = true;
    try {
      // A refused handshake shows no reason to a page, so the API is asked first.
      await getTerminal(this.sandboxId, this.sessionId);
      const address = await terminalAddress(this.sandboxId, this.sessionId, this.offset);
      this.opening = false;
      if (!this.closed) this.join(address);
    } catch (error) {
      this.opening = false;
      this.refused(error);
    }
  }

  private refused(error: unknown): void {
    const status = error instanceof ApiError ? error.status : 0;
    if (status === 404) this.enter({ kind: 'ended', message: 'This terminal’s session is over.' });
    else if (status === 503) this.enter({ kind: 'stopped' });
    else if (status >= 400 && status < 500) this.enter({ kind: 'ended', message: errorMessage(error) });
    else this.tryLater();
  }

  private join(address: string): void {
    const socket = new WebSocket(address);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    this.failure = undefined;
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === 'string') this.takeFrame(data);
      else this.takeBytes(data);
    };
    socket.onclose = ({ code }) => {
      this.socket = undefined;
      if (code === TAKEN_OVER) this.enter({ kind: 'taken-over' });
      else if (code === CLOSED_NORMALLY || this.failure !== undefined)
        this.enter({ kind: 'ended', message: this.failure ?? 'The shell has ended.' });
      else this.tryLater();
    };
  }

  private takeFrame(text: string): void {
    // The server writes every text frame as an object with a type.
    const frame = JSON.parse(text) as { type: string; error?: string; exit_code?: number };
    if (frame.type === 'connected') {
      this.retryMs = FIRST_RETRY_MS;
      this.enter({ kind: 'open' });
      this.sendSize();
    } else if (frame.type === 'exit') {
      const code = frame.exit_code ?? -1;
      this.failure = code < 0 ? 'The shell has ended.' : `The shell has ended with code ${String(code)}.`;
    } else if (frame.type === 'error') {
      this.failure = frame.error;
    }
  }

  private takeBytes(data: ArrayBuffer): void {
    const bytes = new Uint8Array(data);
    if (bytes[0] === REPLAY) {
      const missed = bytes.subarray(REPLAY_HEADER_BYTES);
      this.offset = Number(new DataView(data).getBigInt64(1)) + missed.length;
      this.events.onReplay(missed);
      return;
    }
    const output = bytes.subarray(1);
    this.offset += output.length;
    this.events.onOutput(output);
  }

  private tryLater(): void {
    if (this.closed) return;
    this.enter({ kind: 'lost' });
    this.timer = setTimeout(() => this.connect(), this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
  }

  private enter(state: ConnectionState): void {
    if (this.closed) return;
    this.state = state;
    this.events.onState(state);
  }

  private sendSize(): void {
    if (this.size === undefined || this.socket?.readyState !== WebSocket.OPEN) return;
    this.socket.send(JSON.stringify({ type: 'resize', ...this.size }));
  }
}
