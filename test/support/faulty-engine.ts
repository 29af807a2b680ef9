import { mkdtemp, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineSocket } from './recording-engine';

/** The real engine behind a socket of our own that can be made to misbehave as engines do. */
export interface FaultyEngine {
  /** This process's environment with `DOCKER_HOST` changed. */
  environment: NodeJS.ProcessEnv;
  /** From now on nothing is passed on, either way; connections are still taken. */
  hang(): void;
  /** Passes on again, first of all what was held back. */
  recover(): void;
  /** Resolves when a request line with this has been passed on; its answer is held back from then on. */
  holdAnswer(part: string): Promise<void>;
  /** Passes the next request with this on only when that is asked for, even if whoever asked has hung up. */
  holdRequest(part: string): HeldRequest;
  /**
   * From now on nothing that is asked with this is passed on, until {@link FaultyEngine.recover}: then all of it is, also
   * what was given up meanwhile.
   */
  fallSilentOf(part: string): void;
  /** Each piece of an answer comes so much later. */
  answerLate(millis: number): void;
  /** Speaks an API version of the same length, such as `1.24` for `1.41`; its own again with undefined. */
  pretendApi(version: string | undefined): void;
  /** As on another machine: where containers keep what they wrote leads nowhere here. */
  hideWrittenLayers(): void;
  /** Connections taken so far. */
  connections(): number;
  removeSocket(): Promise<void>;
  putSocketBack(): Promise<void>;
  stop(): Promise<void>;
}

export interface HeldRequest {
  asked: Promise<void>;
  /** Whoever asked has hung up. */
  givenUp: Promise<void>;
  passOn: () => void;
}

const API_VERSION = /(Api-Version: |"ApiVersion":")1\.\d\d/g;
const WRITTEN_LAYER = /("UpperDir":")\//g;

interface Connection {
  client: Socket;
  upstream: Socket;
  /** What was asked is passed on later, whether or not the client is still there. */
  outlivesClient: boolean;
}

interface Watched {
  part: string;
  found: (connection: Connection, request: Buffer) => void;
}

/** @param environment says where the real engine is */
export async function startFaultyEngine(environment = process.env): Promise<FaultyEngine> {
  const target = await engineSocket(environment);
  const folder = await mkdtemp(join(tmpdir(), 'opensandbox-engine-'));
  const path = join(folder, 'docker.sock');
  const away = `${path}.away`;
  const open = new Set<Connection>();
  const watched: Watched[] = [];
  const swallowed = new Map<Connection, Buffer[]>();
  let silentOf: string | undefined;
  let hangs = false;
  let lateMillis = 0;
  let apiVersion: string | undefined;
  let hidesLayers = false;
  let taken = 0;

  const server = createServer({ pauseOnConnect: true }, (client) => {
    taken += 1;
    const upstream = connect(target);
    const connection: Connection = { client, upstream, outlivesClient: false };
    open.add(connection);
    client.on('data', (chunk) => {
      const isSilent = silentOf !== undefined && chunk.includes(silentOf);
      if (isSilent || swallowed.has(connection)) {
        connection.outlivesClient = true;
        swallowed.set(connection, [...(swallowed.get(connection) ?? []), chunk]);
        return;
      }
      const index = watched.findIndex(({ part }) => chunk.includes(part));
      const [match] = index < 0 ? [] : watched.splice(index, 1);
      if (match === undefined) upstream.write(chunk);
      else match.found(connection, chunk);
    });
    upstream.on('data', (chunk) => {
      let answer: Buffer = chunk;
      if (apiVersion !== undefined) answer = replaced(answer, API_VERSION, `$1${apiVersion}`);
      if (hidesLayers) answer = replaced(answer, WRITTEN_LAYER, '$1_');
      if (lateMillis === 0) client.write(answer);
      else setTimeout(() => client.writable && client.write(answer), lateMillis);
    });
    const close = () => {
      client.destroy();
      if (connection.outlivesClient) return;
      open.delete(connection);
      upstream.destroy();
    };
    client.on('error', close).on('close', close);
    // What it said before comes first.
    const closeLate = () => (lateMillis === 0 ? close() : setTimeout(close, lateMillis));
    upstream.on('error', closeLate).on('close', closeLate);
    if (hangs) upstream.pause();
    else client.resume();
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const watch = (part: string, found: Watched['found']) => watched.push({ part, found });
  return {
    environment: { ...environment, DOCKER_HOST: `unix://${path}`, DOCKER_CONTEXT: undefined },
    hang() {
      hangs = true;
      for (const { client, upstream } of open) for (const each of [client, upstream]) each.pause();
    },
    recover() {
      hangs = false;
      silentOf = undefined;
      for (const [connection, chunks] of swallowed) passOnLate(connection, Buffer.concat(chunks));
      swallowed.clear();
      for (const { client, upstream } of open) for (const each of [client, upstream]) each.resume();
    },
    holdAnswer: (part) =>
      new Promise((resolve) =>
        watch(part, ({ upstream }, request) => {
          upstream.pause();
          upstream.write(request);
          resolve();
        }),
      ),
    holdRequest(part) {
      let passOn: () => void = () => undefined;
      let noteGivenUp: () => void = () => undefined;
      const givenUp = new Promise<void>((resolve) => (noteGivenUp = resolve));
      const asked = new Promise<void>((resolve) =>
        watch(part, (connection, request) => {
          connection.outlivesClient = true;
          connection.client.once('close', noteGivenUp);
          passOn = () => passOnLate(connection, request);
          resolve();
        }),
      );
      return { asked, givenUp, passOn: () => passOn() };
    },
    fallSilentOf: (part) => (silentOf = part),
    answerLate: (millis) => (lateMillis = millis),
    pretendApi: (version) => (apiVersion = version),
    hideWrittenLayers: () => (hidesLayers = true),
    connections: () => taken,
    removeSocket: () => rename(path, away),
    putSocketBack: () => rename(away, path),
    async stop() {
      for (const { client, upstream } of open) for (const each of [client, upstream]) each.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What was held back goes on its way, whether or not the client is still there. */
function passOnLate(connection: Connection, request: Buffer): void {
  connection.outlivesClient = false;
  if (connection.client.destroyed) connection.upstream.end(request);
  else connection.upstream.write(request);
}

/** @param by of the length of what it replaces: answers say how long they are */
function replaced(chunk: Buffer, what: RegExp, by: string): Buffer {
  return Buffer.from(chunk.toString('latin1').replace(what, by), 'latin1');
}
