import { messageOf } from '../errors';
import { GUI_PATH } from './app-origin';

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  // No script and nothing from elsewhere; the styles are the few lines below.
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
};

/**
 * What the window shows when the server could not start, such as when another process holds the data folder.
 * Following its link starts the server again.
 */
export function startFailurePage(error: unknown): Response {
  const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>OpenSandbox Desktop could not start</title>
<style>
  :root { color-scheme: light dark; font: 14px/20px system-ui, sans-serif; }
  body { max-width: 40rem; margin: 15vh auto; padding: 0 24px; background: light-dark(#f7f8fa, #111418);
    color: light-dark(#1a1f27, #e6eaf0); }
  h1 { font-size: 20px; line-height: 28px; }
  p { white-space: pre-wrap; overflow-wrap: anywhere; }
  a { color: light-dark(#1f5fd6, #6ea3ff); }
</style>
<main>
  <h1>OpenSandbox Desktop could not start</h1>
  <p role="alert">${escapeHtml(messageOf(error))}</p>
  <p><a href="${GUI_PATH}">Try again</a></p>
</main>
</html>
`;
  return new Response(body, { status: 503, headers: HEADERS });
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
