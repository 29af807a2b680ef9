import { type Session, type WebContents, shell } from 'electron';
import { isAppUrl } from './app-origin';

/** https origins whose links open in the default browser; everything else is refused. */
const EXTERNAL_ORIGINS = new Set(['https://docs.docker.com', 'https://github.com']);

/** What our own pages may ask of the browser engine. */
const GRANTED_PERMISSIONS = new Set(['clipboard-sanitized-write', 'notifications']);

/** Denies every permission and device except the few above, and those only to our own pages. */
export function guardSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer, details) => {
    answer(GRANTED_PERMISSIONS.has(permission) && isAppUrl(details.requestingUrl));
  });
  session.setPermissionCheckHandler(
    (_contents, permission, origin) => GRANTED_PERMISSIONS.has(permission) && isAppUrl(origin),
  );
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, answer) => {
    answer({});
  });
}

/**
 * Keeps a page where it is: no navigation or redirect away from our origin, no new windows, no webview. Links to
 * the allowed origins, and to the server's own loopback address, open in the default browser instead.
 * @param serverAddress the server's address once it is known.
 */
export function guardContents(contents: WebContents, serverAddress: () => string | undefined): void {
  const refuse = (event: { preventDefault(): void; url: string }) => {
    if (isAppUrl(event.url)) return;
    event.preventDefault();
    openExternally(event.url, serverAddress());
  };
  contents.on('will-frame-navigate', refuse);
  contents.on('will-redirect', refuse);
  contents.on('will-attach-webview', (event) => {
    event.preventDefault();
  });
  contents.setWindowOpenHandler(({ url }) => {
    openExternally(url, serverAddress());
    return { action: 'deny' };
  });
}

/** True for links that may leave the window. */
export function isAllowedExternally(url: string, serverAddress: string | undefined): boolean {
  if (!URL.canParse(url)) return false;
  const { origin, username, password } = new URL(url);
  if (username !== '' || password !== '') return false;
  return (
    EXTERNAL_ORIGINS.has(origin) || (serverAddress !== undefined && origin === new URL(serverAddress).origin)
  );
}

function openExternally(url: string, serverAddress: string | undefined): void {
  if (!isAllowedExternally(url, serverAddress)) return;
  // Without a default browser there is nothing to open and nobody to tell.
  shell.openExternal(url).catch(() => undefined);
}
