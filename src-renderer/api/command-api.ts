import { ApiError } from './api-error';
import { requestText } from './http-client';

/** One line of a run's event stream; only what is used here. */
interface CommandEvent {
  type: string;
  text?: string;
  error?: { ename?: string; evalue?: string };
}

/**
 * Runs one command in a sandbox to its end and answers what it wrote to its standard output.
 * @throws ApiError when the sandbox does not run or the command failed
 */
export async function runCommand(sandboxId: string, command: string): Promise<string> {
  const path = `/sandboxes/${encodeURIComponent(sandboxId)}/proxy/44772/command`;
  const text = await requestText('POST', path, { body: { command } });
  // The server makes each block from an event of a run.
  const events = text
    .split('\n\n')
    .filter(Boolean)
    .map((block) => JSON.parse(block) as CommandEvent);
  const failed = events.find((event) => event.type === 'error');
  if (failed !== undefined) {
    const { ename = 'COMMAND', evalue = 'no reason given' } = failed.error ?? {};
    throw new ApiError(0, ename, `The command failed: ${evalue}`);
  }
  const lines = events.filter((event) => event.type === 'stdout').map((event) => event.text ?? '');
  return lines.map((line) => line.replace(/\n$/, '')).join('\n');
}
