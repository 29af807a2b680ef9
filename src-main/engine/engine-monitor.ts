import { EventEmitter } from 'node:events';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { AppError, asError, messageOf } from '../errors';
import { discoverEngine } from './discovery';
import { pingEngine, type PingFailure } from './discovery-ping';
import type { DiscoveryResult, EngineHelp } from './discovery-types';
import { DockerEngine } from './docker-engine';
import { engineMessage, engineUnavailable } from './engine-errors';
import type { EngineEvent } from './engine-types';
import type { SilenceListener, SilenceTimes } from './silence-watch';

const FIRST_RETRY_MS = 250;
/** An engine that comes back is to be seen within a second. */
const LAST_RETRY_MS = 700;

/** An engine that hangs keeps its connections, so it is asked for a sign of life this often while it is connected. */
const PULSE_MS = 5_000;
/** A busy engine may be late by seconds; two signs that fail to come in this time, one after the other, are enough. */
const PULSE_DEADLINE_MS = 5_000;
const PULSE_AGAIN_MS = 500;
const PULSES_MISSED = 2;

const CLOSED = 'it closed the connection';
/** What Node's HTTP client says where an answer ends before its time. */
const CUT_OFF = 'aborted';

const ADVICE: Readonly<Record<EngineHelp['kind'], string>> = {
  'not-installed': 'Install and start one',
  'not-running': 'Start it',
  'no-permission': 'Give this user access to it',
  'too-old': 'Update it',
  hanging: 'Restart it',
  unreachable: 'Start it, or choose another',
};

export type EngineState =
  | { state: 'looking' }
  | { state: 'connected'; engine: DockerEngine; discovery: DiscoveryResult }
  | { state: 'unavailable'; reason: string; discovery: DiscoveryResult };

interface MonitorEvents {
  /** After every change of {@link EngineMonitor.current}. */
  change: [EngineState];
  /** An event of the connected engine. */
  event: [EngineEvent, DockerEngine];
  /** A call was given up at a container of which the connected engine no longer speaks. */
  silent: Parameters<SilenceListener>;
}

export interface EngineMonitorOptions {
  environment: NodeJS.ProcessEnv;
  /** Endpoint that the user picked, asked anew at every search. */
  pickedEndpoint: () => string | undefined;
  /** Docker's id of the engine that was connected last before this run. */
  lastEngineId?: string | undefined;
  /**
   * Reads what exists; awaited after the event stream is open and before the engine counts as connected, so that
   * whoever is told "connected" sees the truth and misses nothing.
   */
  reconcile: (engine: DockerEngine) => Promise<void>;
  /** Instead of the usual ones. */
  silenceTimes?: SilenceTimes | undefined;
  logger: Logger;
}

/** Finds an engine, keeps its event stream open, and looks again when it goes. */
export class EngineMonitor extends EventEmitter<MonitorEvents> {
  private state: EngineState = { state: 'looking' };
  private readonly stopping = new AbortController();
  private restartSearch = new AbortController();
  private running: Promise<void> | undefined;
  private wasConnected = false;
  /**
   * The engine that was connected last. While it is away no other one takes its place by itself: the sandboxes of
   * the first would vanish from sight, and new ones would come to be somewhere else.
   */
  private heldEndpoint: string | undefined;
  private heldId: string | undefined;

  constructor(private readonly options: EngineMonitorOptions) {
    super();
    this.heldId = options.lastEngineId;
    // Every running capture listens for its own freeze.
    this.setMaxListeners(0);
  }

  get current(): EngineState {
    return this.state;
  }

  /**
   * The connected engine.
   * @throws AppError 503 `DOCKER::INITIALIZATION_ERROR` when none is.
   */
  require(): DockerEngine {
    if (this.state.state === 'connected') return this.state.engine;
    if (this.state.state === 'looking') throw engineUnavailable('still looking for it');
    const { reason, discovery } = this.state;
    throw engineUnavailable(reason, undefined, ADVICE[discovery.help?.kind ?? 'not-running']);
  }

  /**
   * For what records alone can tell, also while the engine is away. Only the end of the first search is waited for:
   * whoever asks sooner would be told of states that nobody knows yet.
   * @throws AppError 503 `DOCKER::INITIALIZATION_ERROR` until then.
   */
  requireSearched(): void {
    if (this.state.state === 'looking') this.require();
  }

  /** Docker's id of the engine that is connected or was last, be it in an earlier run; undefined before the first one. */
  get lastEngineId(): string | undefined {
    return this.heldId;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Drops the connection and searches again, after the user picked another endpoint. */
  searchAgain(): void {
    this.heldEndpoint = undefined;
    this.restartSearch.abort();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    // First comes what the caller does at once, such as listening.
    await turn();
    while (!this.isStopping()) {
      this.restartSearch = new AbortController();
      const signal = AbortSignal.any([this.stopping.signal, this.restartSearch.signal]);
      this.wasConnected = false;
      await this.connectOnce(signal);
      if (this.isStopping()) return;
      retryMs = this.hasConnected() ? FIRST_RETRY_MS : Math.min(retryMs * 2, LAST_RETRY_MS);
      await delay(retryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private hasConnected(): boolean {
    return this.wasConnected;
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  /** One search and, if it finds an engine, one life of its event stream. Never throws. */
  private async connectOnce(signal: AbortSignal): Promise<void> {
    const picked = this.options.pickedEndpoint();
    const discovery = await discoverEngine(
      this.options.environment,
      process.platform,
      picked === undefined ? {} : { pickedEndpoint: picked },
    );
    if (discovery.chosen === undefined) {
      this.change({
        state: 'unavailable',
        reason: discovery.help?.title ?? 'no engine was found',
        discovery,
      });
      return;
    }
    if (this.heldEndpoint !== undefined && discovery.chosen.endpoint !== this.heldEndpoint) {
      const { name, endpoint } = discovery.chosen;
      const reason = `The engine at ${this.heldEndpoint} is away. ${name} answers at ${endpoint}: pick it in Settings to use it instead.`;
      this.change({ state: 'unavailable', reason, discovery: { candidates: discovery.candidates } });
      return;
    }
    const { endpoint } = discovery.chosen;
    const lost = new AbortController();
    const over = new AbortController();
    const lose = (detail: string): void =>
      lost.abort(engineUnavailable(detail, new Error(detail), 'Restart it'));
    const giveUp = (): void => {
      // What runs on an engine that was connected goes on, also after this server looks for another.
      if (!this.hasConnected()) lose('this server no longer waits for it');
    };
    signal.addEventListener('abort', giveUp, { once: true });
    this.watchPulse(endpoint, lose, over.signal).catch((error: unknown) => {
      if (!over.signal.aborted) lose(messageOf(error));
    });
    try {
      const engine = await DockerEngine.connect(endpoint, this.options.environment, {
        lost: lost.signal,
        onSilent: (containerId, late) => this.emit('silent', containerId, late),
        silenceTimes: this.options.silenceTimes,
      });
      await this.follow(engine, discovery, signal);
      throw new Error(CLOSED);
    } catch (error) {
      if (!signal.aborted) lose(detailOf(error));
      if (!this.isStopping()) this.change({ state: 'unavailable', reason: detailOf(error), discovery });
    } finally {
      signal.removeEventListener('abort', giveUp);
      over.abort();
    }
  }

  /** Reports an engine that no longer answers, whatever its connections look like. */
  private async watchPulse(
    endpoint: string,
    lose: (detail: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    for (let missed = 0; missed < PULSES_MISSED;) {
      await delay(missed === 0 ? PULSE_MS : PULSE_AGAIN_MS, undefined, { signal });
      const failure = await pingEngine(endpoint, this.options.environment, PULSE_DEADLINE_MS, signal);
      // That this process can open no more connections says nothing of the engine.
      if (failure?.kind === 'exhausted') continue;
      missed = failure === undefined ? 0 : missed + 1;
      if (missed === PULSES_MISSED && !signal.aborted) lose(lostDetail(failure));
    }
  }

  private async follow(engine: DockerEngine, discovery: DiscoveryResult, signal: AbortSignal): Promise<void> {
    const ending = new AbortController();
    const streamSignal = AbortSignal.any([signal, ending.signal]);
    let reconciling: Promise<void> | undefined;
    let failure: unknown;
    const opened = () => {
      reconciling = this.options
        .reconcile(engine)
        .then(() => {
          this.wasConnected = true;
          this.heldEndpoint = engine.endpoint;
          this.heldId = engine.info.id;
          this.change({ state: 'connected', engine, discovery });
        })
        .catch((error: unknown) => {
          failure = error;
          ending.abort();
        });
    };
    try {
      for await (const event of engine.events(streamSignal, opened)) this.emit('event', event, engine);
    } catch (error) {
      if (!streamSignal.aborted) failure ??= error;
    }
    await reconciling;
    if (failure !== undefined) throw asError(failure);
  }

  private change(state: EngineState): void {
    const before = this.state;
    this.state = state;
    if (before.state === state.state && before.state === 'unavailable' && state.state === 'unavailable') {
      // Complain once per outage, but keep what the search saw up to date.
      if (before.reason === state.reason) return;
    }
    this.options.logger.info(
      state.state === 'connected'
        ? { endpoint: state.engine.endpoint, version: state.engine.info.version }
        : { reason: state.state === 'unavailable' ? state.reason : undefined },
      `engine ${state.state}`,
    );
    this.emit('change', state);
  }
}

function lostDetail(failure: PingFailure | undefined): string {
  if (failure?.kind !== 'hanging' && failure?.kind !== 'timeout') return failure?.detail ?? 'it is gone';
  return `it has not answered for ${(PULSES_MISSED * PULSE_DEADLINE_MS) / 1000} s`;
}

/** Without the frame that {@link engineUnavailable} gives it for the wire. */
function detailOf(error: unknown): string {
  const detail =
    error instanceof AppError && error.cause !== undefined ? engineMessage(error.cause) : messageOf(error);
  return detail === CUT_OFF ? CLOSED : detail;
}
