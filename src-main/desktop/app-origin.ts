/** The one place the window's pages come from. */
export const APP_SCHEME = 'app';
const APP_HOST = 'opensandbox';
/** As Chromium writes it in `Origin` and in `WebFrameMain.origin`. */
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;
/** Where the HTTP server serves the GUI. */
export const GUI_PATH = '/app/';

/** True for addresses of the window's own pages and of nothing else. */
export function isAppUrl(url: string): boolean {
  // Node's URL gives custom schemes the origin "null", so scheme and host are compared themselves.
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  return parsed?.protocol === `${APP_SCHEME}:` && parsed.host === APP_HOST;
}

/** The window's address of a path on the server. */
export function appUrl(path: string): string {
  return `${APP_ORIGIN}${path}`;
}
