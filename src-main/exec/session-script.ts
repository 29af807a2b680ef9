import { randomBytes } from 'node:crypto';
import { Transform, type Readable, type TransformCallback } from 'node:stream';
import { parseExports } from './exported-variables';
import { MarkedOutput, markPrefix } from './marked-output';
import { quoteWord } from './shell-words';

/** What outlives a run of a session: where it is and what it exported (CONTRACT.md 4.4). */
export interface SessionState {
  cwd: string;
  variables: ReadonlyMap<string, string>;
}

/** A second way to stdout, for the state: the command may send its own output elsewhere. */
export const STATE_OUTPUT = 9;
/** Below what the kernel takes as one argument. */
const ARGUMENT_CHARS = 32 * 1024;

/**
 * The text of a session's shell. Its arguments are pieces that restore the state, `--` and the command. It tells the
 * state whichever way the command ends it. The nonce is in it in halves, so that a listing of processes in the
 * session's own output does not hold it.
 */
export function sessionText(nonce: string): string {
  const halves = `'${nonce.slice(0, 16)}' '${nonce.slice(16)}'`;
  const mark = (kind: 'start' | 'end') => `printf '%s%s%s\\n' ${halves} '${markPrefix('', kind)}'`;
  const tell = `_osd_x=$?; { ${mark('start')}; printf '%s\\n' "\${#PWD}" "$PWD"; export -p; ${mark('end')}; } >&${STATE_OUTPUT} 2>/dev/null; exit $_osd_x`;
  return (
    `trap ${quoteWord(tell)} EXIT; while [ "$1" != -- ]; do eval "$1"; shift; done; ` +
    '_osd_c=$2; shift 2; eval "$_osd_c"'
  );
}

/** Arguments of {@link sessionText}. @param baseNames variables of the container; those gone since are unset. */
export function sessionArguments(
  state: SessionState,
  baseNames: readonly string[],
  command: string,
): string[] {
  const gone = baseNames.filter((name) => !state.variables.has(name));
  const lines = [...state.variables].map(([name, value]) => `export ${name}=${quoteWord(value)}`);
  if (gone.length > 0) lines.push(`unset ${gone.join(' ')}`);
  const pieces: string[] = [];
  for (const line of lines) {
    const last = pieces.at(-1);
    if (last === undefined || last.length + line.length > ARGUMENT_CHARS) pieces.push(line);
    else pieces[pieces.length - 1] = `${last}; ${line}`;
  }
  return [...pieces, '--', command];
}

/** A helper script that tells a new session's state, and its parser. */
export const FIRST_STATE_SCRIPT = `printf '%s\\n' "\${#PWD}" "$PWD"; export -p`;

/** @returns undefined when the text is not whole, as when another process printed in between. */
export function parseState(text: string): SessionState | undefined {
  const newline = text.indexOf('\n');
  const length = Number(text.slice(0, newline));
  const rest = text.slice(newline + 1);
  // Some shells count bytes, others characters; the directory may itself hold line ends.
  for (const cwd of [rest.slice(0, length), Buffer.from(rest).subarray(0, length).toString()]) {
    if (!cwd.startsWith('/') || rest[cwd.length] !== '\n') continue;
    const variables = parseExports(rest.slice(cwd.length + 1));
    if (variables !== undefined) return { cwd, variables };
  }
  return undefined;
}

/** Takes the state out of a session's stdout. */
export class StateFilter extends Transform {
  /** What the run left; undefined when it did not come to tell, as after a kill. */
  state: SessionState | undefined;
  readonly nonce = randomBytes(16).toString('hex');
  private telling: Buffer[] | undefined;
  private readonly marked = new MarkedOutput(
    this.nonce,
    (bytes) => {
      if (this.telling === undefined) this.push(bytes);
      else this.telling.push(Buffer.from(bytes));
    },
    (mark) => {
      if (mark.kind === 'start') this.telling = [];
      if (mark.kind !== 'end') return;
      this.state = parseState(Buffer.concat(this.telling ?? []).toString());
      this.telling = undefined;
    },
  );

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.marked.take(chunk);
    done();
  }

  override _flush(done: TransformCallback): void {
    this.marked.end();
    done();
  }
}

/** The command's own output; without a reader the rest is dropped. */
export function filterState(stdout: Readable, filter: StateFilter): Readable {
  filter.once('close', () => stdout.resume());
  return stdout.pipe(filter);
}
