import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ExecOpening } from '../exec-opening';
import type { CommandRunner, RunningCommand } from '../exec-types';
import { exitOf } from '../plain-command';
import type { SandboxTarget } from '../sandbox-target';
import { bytesInRange, type ByteRange } from './byte-range';
import { fileFailed } from './file-errors';
import { FILL_SCRIPT, READ_BLOCKS_SCRIPT } from './shell-scripts';
import type { Spooled } from './spool';

/** `dd` seeks to the first block, so that a range costs only itself. */
const BLOCK_BYTES = 64 * 1024;

/** A part of a large file through the sandbox's shell. Destroy it when it is not read to the end. */
export async function readBlocks(
  runner: CommandRunner,
  target: SandboxTarget,
  path: string,
  { start, length }: ByteRange,
): Promise<Readable> {
  const firstBlock = Math.floor(start / BLOCK_BYTES);
  const blocks = Math.ceil((start + length) / BLOCK_BYTES) - firstBlock;
  const command = await runner.start(target.sandboxId, {
    command: READ_BLOCKS_SCRIPT,
    args: [path, String(BLOCK_BYTES), String(firstBlock), String(blocks)],
  });
  command.stderr.resume();
  const range = { start: start - firstBlock * BLOCK_BYTES, length };
  const content = Readable.from(bytesOf(command, path, range), { objectMode: false });
  // Also when nobody began to read it. Where it cannot be told, as in a paused sandbox, it ends with the part that it was
  // to read.
  return content.once('close', () => void command.kill('KILL').catch(() => undefined));
}

/** Fills a file that exists with bytes, through an exec of its own. @throws AppError 500 `RUNTIME_ERROR` */
export async function writeThroughShell(
  opening: ExecOpening,
  target: SandboxTarget,
  path: string,
  content: Spooled,
): Promise<void> {
  const streams = await opening.open(target, { command: ['sh', '-c', FILL_SCRIPT, 'sh', path] });
  const words: Buffer[] = [];
  streams.stdout.resume();
  streams.stderr.on('data', (chunk: Buffer) => words.push(chunk));
  const ended = new Promise<void>((resolve) => streams.stderr.once('end', resolve));
  await pipeline(content.read(), streams.stdin, { end: true });
  await ended;
  const { code, lost } = await exitOf(target, streams.execId);
  if (code !== 0) throw fileFailed('write', path, lost ?? Buffer.concat(words).toString().trim());
}

async function* bytesOf(command: RunningCommand, path: string, range: ByteRange): AsyncGenerator<Buffer> {
  yield* bytesInRange(command.stdout, range);
  const { code, lost } = await command.exit;
  if (code !== 0) throw fileFailed('read', path, lost ?? `dd ended with ${code}`);
}
