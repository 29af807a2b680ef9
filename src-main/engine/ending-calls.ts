import type { Duplex, Readable } from 'node:stream';
import type Docker from 'dockerode';
import type DockerModem from 'docker-modem';
import { asError } from '../errors';

/**
 * Ends every call that is under way to an engine, and the streams that calls have answered with, when the engine is
 * lost; later calls fail at once. An engine that hangs keeps its connections, so nothing else would ever end them.
 * @param lost its reason is what each call fails with
 */
export function endCallsWhenLost(docker: Docker, lost: AbortSignal): void {
  const modem: DockerModem = docker.modem;
  const dial = modem.dial.bind(modem);
  /** One for each call that is not over. A signal that outlives its calls would keep what they left in it. */
  const ongoing = new Set<AbortController>();
  lost.addEventListener('abort', () => {
    for (const call of ongoing) call.abort(lost.reason);
  });
  modem.dial = (options, callback) => {
    if (lost.aborted) {
      process.nextTick(() => callback?.(asError(lost.reason), null));
      return;
    }
    const call = new AbortController();
    ongoing.add(call);
    const { abortSignal } = options;
    const either = abortSignal === undefined ? call.signal : AbortSignal.any([abortSignal, call.signal]);
    dial({ ...options, abortSignal: either }, (error, result) => {
      if (isStream(result)) {
        call.signal.addEventListener('abort', () => result.destroy(asError(lost.reason)), { once: true });
        result.once('close', () => ongoing.delete(call));
      } else ongoing.delete(call);
      callback?.(error !== null && call.signal.aborted ? asError(lost.reason) : error, result);
    });
  };
}

function isStream(result: unknown): result is Readable | Duplex {
  return typeof result === 'object' && result !== null && 'destroy' in result && 'once' in result;
}
