import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { type ApiHost, apiHeaders } from './in-process-api';

/** The page's own cookies and origin mean nothing to the server: the key that is added speaks for it. */
const DROPPED_REQUEST_HEADERS = new Set(['cookie', 'host', 'origin', 'referer', 'open-sandbox-api-key']);
/** Hop-by-hop, and cookies that the window has no use for. */
const DROPPED_ANSWER_HEADERS = new Set(['connection', 'keep-alive', 'transfer-encoding', 'set-cookie']);
const STATUSES_WITHOUT_BODY = new Set([204, 205, 304]);

type InjectedAnswer = Awaited<ReturnType<typeof inject>>;

/**
 * Answers a request of the window from the HTTP server in this process, without a socket.
 *
 * Bodies stream both ways. An upload is read only as fast as the route takes it (light-my-request reads on demand;
 * see the test). Chromium hands a `File` over as one blob that Electron reads whole, so big archives do not come
 * through here: the native dialog of `image-import.ts` streams them from disk.
 *
 * Electron cancels the answer's body when the page goes, and never aborts `request.signal`, so both end the route.
 * @param request its URL is `app://opensandbox/…`.
 */
export async function answerInProcess(request: Request, host: ApiHost): Promise<Response> {
  const aborter = new AbortController();
  const answer = await inject(request, host, AbortSignal.any([request.signal, aborter.signal]));
  return new Response(bodyOf(request, answer, aborter), {
    status: answer.statusCode,
    statusText: answer.statusMessage,
    headers: windowPolicy(answerHeaders(answer.headers), host),
  });
}

function inject(request: Request, host: ApiHost, signal: AbortSignal) {
  const { pathname, search } = new URL(request.url);
  const payload = request.body === null ? undefined : uploadOf(request.body);
  return host.http.inject({
    // The methods of fetch and of light-my-request are the same words; fetch types them as string.
    method: request.method as 'GET',
    url: pathname + search,
    headers: { ...requestHeaders(request.headers), ...apiHeaders(host) },
    ...(payload === undefined ? {} : { payload }),
    payloadAsStream: true,
    signal,
  });
}

function uploadOf(body: NonNullable<Request['body']>): Readable {
  // Two declarations of one class: the global of fetch and the one in node:stream/web.
  return Readable.fromWeb(body as NodeReadableStream<Uint8Array>);
}

function requestHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => !DROPPED_REQUEST_HEADERS.has(name)));
}

function answerHeaders(headers: InjectedAnswer['headers']): Headers {
  const kept = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || DROPPED_ANSWER_HEADERS.has(name)) continue;
    kept.set(name, Array.isArray(value) ? value.join(', ') : String(value));
  }
  return kept;
}

/** WebSockets cannot go through a custom scheme: terminals connect to the listener, so the window's pages may. */
function windowPolicy(headers: Headers, host: ApiHost): Headers {
  const policy = headers.get('content-security-policy');
  if (policy !== null) {
    const sockets = `ws://${new URL(host.address).host}`;
    headers.set(
      'content-security-policy',
      policy.replace("connect-src 'self'", `connect-src 'self' ${sockets}`),
    );
  }
  return headers;
}

function bodyOf(
  request: Request,
  answer: InjectedAnswer,
  aborter: AbortController,
): NodeReadableStream<Uint8Array> | null {
  const stream = answer.stream();
  if (request.method === 'HEAD' || STATUSES_WITHOUT_BODY.has(answer.statusCode)) {
    stream.resume();
    return null;
  }
  return webStream(stream, () => {
    aborter.abort();
    // A request whose body was read already ignores the signal; its answer does not ignore this.
    answer.raw.res.destroy();
  });
}

/**
 * Not `Readable.toWeb`: cancelled while a chunk is on its way, that one throws where nobody can catch it
 * ("Controller is already closed", Node 20.20), which would end the main process.
 */
function webStream(source: Readable, onCancel: () => void): NodeReadableStream<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = source[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const next = await chunks.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      cancel: () => {
        onCancel();
        source.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}
