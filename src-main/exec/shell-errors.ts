import { AppError } from '../errors';

export const SANDBOX_NOT_RUNNING = 'DOCKER::SANDBOX_NOT_RUNNING';

/** Why a command or a script of ours has no end that anyone could tell of. */
export const SANDBOX_STOPPED = 'its shell or the whole sandbox was stopped';
export const SANDBOX_ENDED = 'the sandbox ended while it ran';

/** The runtime's words, and ours, when the container was frozen, stopped or removed between two steps of a start. */
const RUNTIME_NOT_RUNNING = new RegExp(
  [
    'cannot exec in a (paused|stopped|deleted)|container .*not running|is paused',
    `${SANDBOX_STOPPED}|${SANDBOX_ENDED}`,
    'init-p: (broken pipe|connection reset)|error executing setns process',
    String.raw`\btask \w+ not found|no such exec instance`,
  ].join('|'),
  'i',
);

/** What the engine writes where a command cannot be started, instead of failing the call. */
const RUNTIME_REFUSAL = /OCI runtime exec failed|executable file not found|exec: ".*": stat/;

/** Whether output is the engine's own complaint that the shell does not exist. */
export function tellsOfNoShell(output: string): boolean {
  return (
    RUNTIME_REFUSAL.test(output) && /not found|no such file|permission denied|not a directory/i.test(output)
  );
}

/** The 501 of an image without a shell; files and archives still work there. */
export function noShell(sandboxId: string): AppError {
  return new AppError(
    501,
    'NOT_SUPPORTED',
    `The image of sandbox ${sandboxId} has no shell (sh), so commands cannot run in it. Use an image with a shell; ` +
      'files can still be read and written.',
  );
}

/** A 400 for what the caller wrote in the body of a command. */
export function invalidCommand(message: string): AppError {
  return new AppError(400, 'INVALID_REQUEST_BODY', message);
}

/** Why a shell would not start the command: the text of a `refused` mark. */
export function refusedCommand(reason: string, cwd: string): AppError {
  const [kind, name = ''] = reason.split(' ');
  return invalidCommand(
    kind === 'variable'
      ? `cwd "${cwd}" names the variable ${name}, which is not set in the sandbox.`
      : `cwd "${cwd}" is not a directory in the sandbox. Create it first, or leave cwd out.`,
  );
}

/** A start that failed for a reason that only the engine's words tell. */
export function startFailed(output: string): AppError {
  if (RUNTIME_NOT_RUNNING.test(output)) {
    return new AppError(503, SANDBOX_NOT_RUNNING, 'The sandbox is not running now. Try again when it is.');
  }
  const words = output.trim().split('\n').at(-1) ?? '';
  return new AppError(
    500,
    'RUNTIME_ERROR',
    `The command could not be started: ${words || 'no reason given'}`,
  );
}
