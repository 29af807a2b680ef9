import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import { AppError } from '../errors';
import { engineStatus, translateEngineError } from './engine-errors';
import type { ContainerFacts, ContainerPhase, Inspection } from './engine-types';
import { writtenLayerOf } from './written-layer';

/** How long an engine may say nothing of one container, in milliseconds. */
export interface SilenceTimes {
  /** A call on the container that has had no answer for so long makes one ask what the container is. */
  askAfterMs: number;
  /** Even a busy engine tells of a container within fractions of that. */
  answerMs: number;
}

export const SILENCE_TIMES: SilenceTimes = { askAfterMs: 30_000, answerMs: 10_000 };

/** Told of a container at which a call was given up, with what the engine may still say of it. */
export type SilenceListener = (containerId: string, late: Promise<ContainerFacts | undefined>) => void;

/** Of a container of which the engine says nothing. */
export const SILENT_MESSAGE =
  'The engine says nothing of the sandbox container, though it answers otherwise. Restart the engine if this lasts.';
const QUERY_CODE = 'DOCKER::SANDBOX_QUERY_FAILED';
/** Tells that 503 from others of the same code. */
const SILENCE = new Error('the engine says nothing of one container');

/** The 503 for whatever the engine would not answer of one container, or has not. */
export function containerSilent(): AppError {
  return new AppError(503, QUERY_CODE, `${SILENT_MESSAGE} Then try again.`, { cause: SILENCE });
}

/** Whether it is {@link containerSilent}: of one container only, while the engine answers otherwise. */
export function isContainerSilent(error: unknown): boolean {
  return error instanceof AppError && error.cause === SILENCE;
}

/**
 * Keeps anybody from waiting for ever for a container that the engine itself waits for: Docker 20.10 answers no
 * question and no change of one in which an exec began beside a freeze (docs/decisions/018).
 */
export class SilenceWatch {
  private readonly silent = new Set<string>();

  constructor(
    private readonly docker: Docker,
    private readonly onSilent: SilenceListener = () => undefined,
    private readonly times: SilenceTimes = SILENCE_TIMES,
  ) {}

  /** What the container is, or what the engine may say of it later, when it has not spoken of it soon. */
  async inspectSoon(id: string): Promise<Inspection> {
    const late = inspectContainer(this.docker, id);
    const answered = new AbortController();
    const silence = delay(this.times.answerMs, { late }, { signal: answered.signal });
    // Cut short when the answer is there.
    silence.catch(() => undefined);
    try {
      const inspection = await Promise.race([late.then((facts) => ({ facts })), silence]);
      if ('late' in inspection) this.noteSilent(id, late);
      else this.silent.delete(id);
      return inspection;
    } finally {
      answered.abort();
    }
  }

  /**
   * Waits for a call on a container as long as the engine speaks of that container: how long a call takes proves
   * nothing, since a commit may rightly take an hour. Not for calls that may take long while Docker holds the container
   * for them (a start, a list of changes): it says nothing of it meanwhile, and all is well.
   * @param call is to end when its signal aborts. What the engine makes of it later has to be looked for then.
   * @throws AppError 503 {@link containerSilent}, at once for a container that is known to be silent
   */
  async whileSpokenOf<T>(id: string, call: (givenUp: AbortSignal) => Promise<T>): Promise<T> {
    if (this.silent.has(id)) throw containerSilent();
    const givenUp = new AbortController();
    const answered = new AbortController();
    try {
      return await Promise.race([call(givenUp.signal), this.silenceOf(id, answered.signal)]);
    } catch (error) {
      givenUp.abort();
      throw error;
    } finally {
      answered.abort();
    }
  }

  private async silenceOf(id: string, answered: AbortSignal): Promise<never> {
    for (;;) {
      await delay(this.times.askAfterMs, undefined, { signal: answered, ref: false });
      // A question that fails has been answered all the same; without any engine the call fails by itself.
      const inspection = await this.inspectSoon(id).catch(() => undefined);
      answered.throwIfAborted();
      if (inspection === undefined || 'facts' in inspection) continue;
      this.onSilent(id, inspection.late);
      throw containerSilent();
    }
  }

  private noteSilent(id: string, late: Promise<unknown>): void {
    this.silent.add(id);
    const spoken = () => this.silent.delete(id);
    late.then(spoken, spoken);
  }
}

/** Undefined when there is no such container. Waits for the answer without end. */
export async function inspectContainer(
  docker: Docker,
  id: string,
  abortSignal?: AbortSignal,
): Promise<ContainerFacts | undefined> {
  try {
    const info = await docker.getContainer(id).inspect(abortSignal === undefined ? {} : { abortSignal });
    return {
      id: info.Id,
      labels: info.Config.Labels,
      phase: phaseOf(info.State.Status),
      exitCode: info.State.ExitCode,
      oomKilled: info.State.OOMKilled,
      imageId: info.Image,
      ...writtenLayerOf(info),
      ...(isSet(info.State.StartedAt) ? { startedAt: info.State.StartedAt } : {}),
      ...(isSet(info.State.FinishedAt) ? { finishedAt: info.State.FinishedAt } : {}),
    };
  } catch (error) {
    if (engineStatus(error) === 404) return undefined;
    throw translateEngineError(error, queryFailed);
  }
}

/** What an engine call that only asks about a container fails with. */
export const queryFailed = { code: QUERY_CODE, doing: 'Could not ask the engine about the sandbox' };

export function phaseOf(status: string): ContainerPhase {
  switch (status) {
    case 'created':
    case 'running':
    case 'paused':
    case 'restarting':
    case 'removing':
    case 'exited':
      return status;
    default:
      return 'dead';
  }
}

/** The engine writes year 1 for "never". */
function isSet(time: string): boolean {
  return !time.startsWith('0001-');
}
