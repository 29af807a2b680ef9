import { type Protocol, protocol } from 'electron';
import { AppError, messageOf } from '../errors';
import { APP_SCHEME, isAppUrl } from './app-origin';
import { answerInProcess } from './app-request';
import type { BackendHost } from './backend-host';
import { startFailurePage } from './start-failure-page';

/** Makes `app://` behave like a web origin. Electron demands that this happens before the app is ready. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: APP_SCHEME,
      // `stream` for server-sent events and logs; `corsEnabled` stays off, since nobody else may read this origin.
      privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true },
    },
  ]);
}

/** Serves the window's requests from the backend, waiting for it while it starts. */
export function serveAppScheme(target: Pick<Protocol, 'handle'>, host: BackendHost): void {
  target.handle(APP_SCHEME, (request) => answerAppRequest(request, host));
}

async function answerAppRequest(request: Request, host: BackendHost): Promise<Response> {
  if (!isAppUrl(request.url)) return new Response('Unknown host', { status: 404 });
  try {
    return await answerInProcess(request, await host.ready());
  } catch (error) {
    if (request.headers.get('accept')?.includes('text/html') === true) return startFailurePage(error);
    return errorAnswer(error);
  }
}

function errorAnswer(error: unknown): Response {
  const code = error instanceof AppError ? error.code : 'DESKTOP::REQUEST_FAILED';
  const status = error instanceof AppError ? error.status : 503;
  return Response.json({ code, message: messageOf(error) }, { status });
}
