import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ConnectionOptions } from './discovery-connection';

export interface EngineRequest {
  method: 'GET' | 'POST';
  path: string;
  /** Deadline of the whole exchange. */
  timeoutMs: number;
  /** Gives up earlier. */
  signal?: AbortSignal;
  /** A tar to send. */
  body?: Readable;
}

export interface EngineAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/**
 * One plain request to an engine, for what happens before (or without) a full client: pinging candidates and
 * preparing the first image in the launcher.
 * @throws the system error (`ENOENT`, `EACCES`, …), or a `TimeoutError` after the deadline.
 */
export async function requestEngine(
  connection: ConnectionOptions,
  call: EngineRequest,
): Promise<EngineAnswer> {
  const deadline = AbortSignal.timeout(call.timeoutMs);
  const signal = call.signal === undefined ? deadline : AbortSignal.any([deadline, call.signal]);
  try {
    return await exchange(connection, call, signal);
  } catch (error) {
    // The request only says that it was aborted; the signal knows why.
    throw signal.aborted ? signal.reason : error;
  }
}

function exchange(
  connection: ConnectionOptions,
  call: EngineRequest,
  signal: AbortSignal,
): Promise<EngineAnswer> {
  return new Promise((resolve, reject) => {
    const options: RequestOptions = {
      ...nodeOptions(connection),
      method: call.method,
      path: call.path,
      // A pooled socket would keep the process alive and outlive an engine that is stopped meanwhile.
      agent: false,
      signal,
      headers: call.body === undefined ? {} : { 'Content-Type': 'application/x-tar' },
    };
    const send = 'protocol' in connection && connection.protocol === 'https' ? httpsRequest : httpRequest;
    const outgoing = send(options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body });
      });
    });
    outgoing.on('error', reject);
    if (call.body === undefined) outgoing.end();
    else pipeline(call.body, outgoing, { signal }).catch(reject);
  });
}

function nodeOptions(connection: ConnectionOptions): RequestOptions {
  if ('socketPath' in connection) return { socketPath: connection.socketPath };
  const { protocol, ...rest } = connection;
  return { ...rest, protocol: `${protocol}:` };
}
