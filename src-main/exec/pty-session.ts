import { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';
import type { ExecOpening } from './exec-opening';
import type { CommandRunner } from './exec-types';
import { PtyProcess, type PtyCommand, type PtyMode } from './pty-process';
import { ReplayBuffer } from './replay-buffer';
import type { SandboxTarget } from './sandbox-target';

/** What a screen and a good deal of scrollback hold. */
const REPLAY_BYTES = 2 ** 20;

interface PtySessionEvents {
  output: [channel: 'stdout' | 'stderr', bytes: Buffer];
  exit: [code: number];
}

/** Whoever reads the session's output now; one at a time. */
export interface PtyHolder {
  /** Another one has taken the session over. */
  evict(): void;
}

/** A shell that outlives its readers: they come and go, and read what they missed. */
export class PtySession extends EventEmitter<PtySessionEvents> {
  readonly createdAt = Date.now();
  readonly replay = new ReplayBuffer(REPLAY_BYTES);
  private starting: Promise<PtyProcess> | undefined;
  private startedMode: PtyMode | undefined;
  private process: PtyProcess | undefined;
  private code: number | undefined;
  private launchFailed = false;
  private holder: PtyHolder | undefined;

  constructor(
    readonly id: string,
    private readonly target: () => SandboxTarget,
    private readonly command: PtyCommand,
    private readonly means: { opening: ExecOpening; runner: CommandRunner },
  ) {
    super();
  }

  get running(): boolean {
    return this.process !== undefined && this.code === undefined;
  }

  /** Set once the shell has ended. */
  get exitCode(): number | undefined {
    return this.code;
  }

  /** What the first start chose. */
  get mode(): PtyMode {
    return this.startedMode ?? 'pty';
  }

  /** As the reference tells it (execd, `GET /pty/{id}`). */
  status() {
    return {
      session_id: this.id,
      running: this.running,
      output_offset: this.replay.end,
      launch_attempted: this.starting !== undefined || this.launchFailed,
      launch_failed: this.launchFailed,
    };
  }

  /** Starts the shell unless it was started before; a failed start may be tried again. */
  async start(mode: PtyMode): Promise<void> {
    this.starting ??= this.launch(mode);
    await this.starting;
  }

  get isHeld(): boolean {
    return this.holder !== undefined;
  }

  /** Evicts whoever held it. */
  hold(holder: PtyHolder): void {
    const before = this.holder;
    this.holder = holder;
    before?.evict();
  }

  /** The output goes on into the replay alone. */
  release(holder: PtyHolder): void {
    if (this.holder !== holder) return;
    this.holder = undefined;
    this.resume();
  }

  write(bytes: Buffer): void {
    if (this.running) this.process?.stdin.write(bytes);
  }

  /** Stops reading the shell's output, which in time stops the shell, while its reader is slow. */
  pause(): void {
    for (const output of this.outputs()) output.pause();
  }

  resume(): void {
    for (const output of this.outputs()) output.resume();
  }

  async resize(rows: number, columns: number): Promise<void> {
    if (this.mode === 'pty') await this.process?.resize({ rows, columns });
  }

  async signal(name: string): Promise<void> {
    if (this.running) await this.process?.signal(name);
  }

  /** Kills the shell with everything that it started. */
  async end(): Promise<void> {
    const starting = await this.starting?.catch(() => undefined);
    if (this.code === undefined) await starting?.kill();
  }

  private outputs(): Readable[] {
    if (this.process === undefined) return [];
    const { stdout, stderr } = this.process;
    return stderr === undefined ? [stdout] : [stdout, stderr];
  }

  private async launch(mode: PtyMode): Promise<PtyProcess> {
    this.launchFailed = false;
    try {
      const target = this.target();
      const process = await this.means.opening.whileAwake(target.sandboxId, () =>
        PtyProcess.start(target, mode, this.command, this.means),
      );
      this.process = process;
      this.startedMode = mode;
      this.follow(process);
      return process;
    } catch (error) {
      this.launchFailed = true;
      this.starting = undefined;
      throw error;
    }
  }

  private follow(process: PtyProcess): void {
    const { stdin, stdout, stderr } = process;
    const take = (channel: 'stdout' | 'stderr') => (bytes: Buffer) => {
      this.replay.write(bytes);
      this.emit('output', channel, bytes);
    };
    let open = stderr === undefined ? 1 : 2;
    const ended = () => {
      open -= 1;
      if (open === 0) void process.exitCode().then((code) => this.ended(code));
    };
    stdin.on('error', () => undefined);
    stdout.on('data', take('stdout'));
    onceOver(stdout, ended);
    if (stderr !== undefined) {
      stderr.on('data', take('stderr'));
      onceOver(stderr, ended);
    }
    this.resume();
  }

  private ended(code: number): void {
    this.code = code;
    this.emit('exit', code);
  }
}

/** A connection that breaks closes without an end. */
function onceOver(stream: Readable, over: () => void): void {
  let told = false;
  const tell = () => {
    if (told) return;
    told = true;
    over();
  };
  stream.once('end', tell);
  stream.once('close', tell);
  stream.on('error', tell);
}
