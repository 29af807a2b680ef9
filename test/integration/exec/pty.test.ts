import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, type RawData } from 'ws';
import { execIn, SCRATCH_ENTRYPOINT, SCRATCH_IMAGE } from '../../support/docker';
import {
  createTestBackend,
  TEST_API_KEY,
  type SandboxAnswer,
  type TestBackend,
} from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

interface Status {
  session_id: string;
  running: boolean;
  output_offset: number;
}

let test: TestBackend;
let sandbox: SandboxAnswer;
let base: string;
const open = new Set<WebSocket>();

beforeAll(async () => {
  test = await createTestBackend();
  sandbox = await test.createSandbox({ env: { GREETING: 'hello from env' } });
  await test.backend.listen();
  base = `${test.backend.address.replace('http', 'ws')}/v1/sandboxes`;
});
afterAll(async () => {
  for (const socket of open) socket.terminate();
  await test.dispose();
});

const pty = (path = '', id = sandbox.id) => `/v1/sandboxes/${id}/proxy/44772/pty${path}`;

async function create(body?: unknown, id = sandbox.id): Promise<string> {
  const answer = await test.call<{ session_id: string }>('POST', pty('', id), body);
  expect(answer.status).toBe(201);
  return answer.body.session_id;
}

/** A client that keeps what it was sent, in order. */
class Terminal {
  readonly frames: Record<string, unknown>[] = [];
  text = '';
  errors = '';
  replay: { offset: number; text: string } | undefined;
  closed: Promise<{ code: number; reason: string }>;

  private constructor(readonly socket: WebSocket) {
    open.add(socket);
    socket.on('message', (data: RawData, isBinary) => this.take(data as Buffer, isBinary));
    this.closed = once(socket, 'close').then((event) => {
      const [code, reason] = event as [number, Buffer];
      return { code, reason: reason.toString() };
    });
  }

  static async connect(id: string, query = '', sandboxId = sandbox.id): Promise<Terminal> {
    const terminal = new Terminal(
      new WebSocket(`${base}/${sandboxId}/proxy/44772/pty/${id}/ws${query}`, {
        headers: { 'open-sandbox-api-key': TEST_API_KEY },
      }),
    );
    await waitFor('the first frame', () => (terminal.frames.length > 0 ? true : undefined));
    return terminal;
  }

  type(text: string): void {
    this.socket.send(Buffer.concat([Buffer.of(0), Buffer.from(text)]));
  }

  say(frame: Record<string, unknown>): void {
    this.socket.send(JSON.stringify(frame));
  }

  async sees(pattern: RegExp): Promise<void> {
    await waitFor(
      `${String(pattern)} in ${JSON.stringify(this.text)}`,
      () => (pattern.test(this.text) ? true : undefined),
      10_000,
    );
  }

  async frame(type: string): Promise<Record<string, unknown>> {
    return waitFor(`a frame of type ${type}`, () => this.frames.find((each) => each['type'] === type));
  }

  private take(data: Buffer, isBinary: boolean): void {
    if (!isBinary) this.frames.push(JSON.parse(data.toString()) as Record<string, unknown>);
    else if (data[0] === 1) this.text += data.subarray(1).toString();
    else if (data[0] === 2) this.errors += data.subarray(1).toString();
    else if (data[0] === 3) {
      this.replay = { offset: Number(data.readBigInt64BE(1)), text: data.subarray(9).toString() };
    }
  }
}

describe('a terminal', () => {
  it('runs a shell with the environment of the sandbox, in its own size, and tells the exit code', async () => {
    const id = await create({ cwd: '/tmp' });
    const terminal = await Terminal.connect(id);
    expect(terminal.frames[0]).toEqual({ type: 'connected', session_id: id, mode: 'pty' });
    terminal.type('echo "[$GREETING] [$PWD] [$TERM]"; test -t 0 && echo is-a-"tty"\n');
    await terminal.sees(/\[hello from env\] \[\/tmp\] \[xterm-256color\]/);
    await terminal.sees(/is-a-tty\r\n\/tmp # /);
    terminal.say({ type: 'resize', rows: 33, cols: 101 });
    // A resize while Busybox asks for its cursor costs the line that is typed then; a person would type it again.
    await waitFor('the new size', async () => {
      terminal.type('stty size\n');
      await delay(500);
      return terminal.text.includes('33 101') ? true : undefined;
    });
    terminal.type('exit 7\n');
    expect(await terminal.frame('exit')).toEqual({ type: 'exit', exit_code: 7 });
    expect(await terminal.closed).toEqual({ code: 1000, reason: 'process exited' });
    expect((await test.call<Status>('GET', pty(`/${id}`))).body.running).toBe(false);
    expect(terminal.text).not.toContain('\u0001');
  });

  it('goes on while nobody is connected, and gives back what was missed', async () => {
    const id = await create();
    const first = await Terminal.connect(id);
    first.type('echo before; (sleep 0.3; echo mean"while") &\n');
    await first.sees(/before\r\n/);
    const { body } = await test.call<Status>('GET', pty(`/${id}`));
    first.socket.close();
    await first.closed;
    await waitFor('output without a reader', async () => {
      const { body: now } = await test.call<Status>('GET', pty(`/${id}`));
      return now.output_offset > body.output_offset + 5 ? true : undefined;
    });
    const second = await Terminal.connect(id, `?since=${body.output_offset}`);
    expect(second.replay?.offset).toBe(body.output_offset);
    await waitFor('what was missed', () =>
      `${second.replay?.text ?? ''}${second.text}`.includes('meanwhile') ? true : undefined,
    );
    second.socket.close();
    await second.closed;
    const third = await Terminal.connect(id);
    expect(third.replay?.text).toContain('before');
    third.type('exit\n');
    await third.closed;
    // It has ended, and whoever comes late still learns how.
    const late = await Terminal.connect(id);
    expect(late.replay?.text).toContain('meanwhile');
    expect(await late.frame('exit')).toEqual({ type: 'exit', exit_code: 0 });
  });

  it('belongs to one client at a time, until another takes it over', async () => {
    const id = await create();
    const first = await Terminal.connect(id);
    first.type('VALUE=kept\n');
    await first.sees(/VALUE=kept/);
    const refused = new WebSocket(`${base}/${sandbox.id}/proxy/44772/pty/${id}/ws`, {
      headers: { 'open-sandbox-api-key': TEST_API_KEY },
    });
    const [, answer] = (await once(refused, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(answer.statusCode).toBe(409);
    const second = await Terminal.connect(id, '?takeover=1');
    expect(await first.closed).toEqual({ code: 4001, reason: 'TAKEN_OVER' });
    second.type('echo "value is $VALUE"\n');
    await second.sees(/value is kept/);
    second.socket.close();
    await second.closed;
  });

  it('keeps stdout and stderr apart with pipes', async () => {
    const terminal = await Terminal.connect(await create(), '?pty=0');
    expect(terminal.frames[0]).toMatchObject({ mode: 'pipe' });
    terminal.type('echo out; echo err >&2; test -t 0 || echo no-tty; exit 3\n');
    expect(await terminal.frame('exit')).toEqual({ type: 'exit', exit_code: 3 });
    expect(terminal.text).toBe('out\nno-tty\n');
    expect(terminal.errors).toBe('err\n');
  });

  it('runs a given command instead of a shell', async () => {
    const terminal = await Terminal.connect(await create({ command: 'echo "it\'s $((6 * 7))"; exit 5' }));
    expect(await terminal.frame('exit')).toEqual({ type: 'exit', exit_code: 5 });
    expect(terminal.replay?.text ?? terminal.text).toContain("it's 42");
  });

  it('passes signals to what runs in the foreground, and answers pings and nonsense', async () => {
    const terminal = await Terminal.connect(await create());
    terminal.type('sleep 1000; echo "slept: $?"\n');
    await terminal.sees(/sleep 1000/);
    terminal.say({ type: 'signal', signal: 'SIGTERM' });
    await terminal.sees(/slept: 143|Terminated/);
    terminal.say({ type: 'ping' });
    await terminal.frame('pong');
    terminal.say({ type: 'dance' });
    expect(await terminal.frame('error')).toMatchObject({ code: 'INVALID_FRAME' });
    terminal.type('exit\n');
    await terminal.closed;
  });

  it('carries 20 MB to a slow reader without holding it in memory', async () => {
    const before = process.memoryUsage().rss;
    const terminal = await Terminal.connect(await create());
    terminal.socket.pause();
    terminal.type("stty -echo; head -c 20000000 /dev/zero | tr '\\0' x; echo; echo all-through\n");
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(process.memoryUsage().rss - before).toBeLessThan(60 * 2 ** 20);
    terminal.socket.resume();
    await terminal.sees(/\nall-through/);
    expect(terminal.text.length).toBeGreaterThan(20_000_000);
    terminal.socket.terminate();
  });

  it('is killed with everything it started when it is deleted', async () => {
    const id = await create();
    const terminal = await Terminal.connect(id);
    terminal.type('sleep 4321 & sleep 4322\n');
    const processes = () => execIn(test.docker, test.containerOf(sandbox.id), ['ps']);
    await waitFor('both to run', async () =>
      /sleep 4321[\s\S]*sleep 4322/.test(await processes()) ? true : undefined,
    );
    expect((await test.call('DELETE', pty(`/${id}`))).status).toBe(200);
    await terminal.closed;
    expect(await processes()).not.toMatch(/sleep 432/);
    expect((await test.call('GET', pty(`/${id}`))).status).toBe(404);
    expect((await test.call('DELETE', pty(`/${id}`))).body).toMatchObject({ code: 'CONTEXT_NOT_FOUND' });
  });
});

describe('terminal sessions', () => {
  it('are listed, limited, and private to their sandbox', async () => {
    const other = await test.createSandbox();
    const ids = new Set<string>();
    // None of these is in use, so the oldest make room.
    for (let made = 0; made < 40; made += 1) ids.add(await create(undefined, other.id));
    const { body } = await test.call<{ sessions: Status[] }>('GET', pty('', other.id));
    expect(body.sessions).toHaveLength(32);
    const [first] = body.sessions;
    expect((await test.call('GET', pty(`/${first?.session_id ?? ''}`))).status).toBe(404);
  });

  it('end with the sandbox, and leave nothing of ours in it when the server ends', async () => {
    const doomed = await test.createSandbox();
    const terminal = await Terminal.connect(await create(undefined, doomed.id), '', doomed.id);
    await test.call('DELETE', `/v1/sandboxes/${doomed.id}`);
    await terminal.closed;

    const left = await Terminal.connect(await create());
    left.type('sleep 5678 &\n');
    await left.sees(/sleep 5678/);
    await test.restart();
    expect(await execIn(test.docker, test.containerOf(sandbox.id), ['ps'])).not.toContain('sleep 5678');
    await test.backend.listen();
    base = `${test.backend.address.replace('http', 'ws')}/v1/sandboxes`;
  });

  it('say why no shell could be started, and that a directory does not exist', async () => {
    const bare = await test.createSandbox({ image: { uri: SCRATCH_IMAGE }, entrypoint: SCRATCH_ENTRYPOINT });
    const terminal = await Terminal.connect(await create(undefined, bare.id), '', bare.id);
    expect(await terminal.frame('error')).toMatchObject({ code: 'START_FAILED' });
    expect((await terminal.closed).code).toBe(1011);

    const lost = await Terminal.connect(await create({ cwd: '/nowhere' }));
    expect(await lost.frame('exit')).toEqual({ type: 'exit', exit_code: 1 });
    expect(lost.replay?.text ?? lost.text).toContain('/nowhere');
  });

  it('need the right to the sandbox', async () => {
    const id = await create();
    const socket = new WebSocket(`${base}/${sandbox.id}/proxy/44772/pty/${id}/ws`);
    const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(answer.statusCode).toBe(401);
  });
});
