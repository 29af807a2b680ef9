import { existsSync } from 'node:fs';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { AppError } from '../errors';

/** Where the GUI lives; the API owns the names at the root. */
export const GUI_PREFIX = '/app/';
const ONE_YEAR_SECONDS = 31_536_000;

/** No inline script, nothing from elsewhere; the address is our own, so events and API are `self`. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves the built renderer; every path below `/app/` that is no file is a screen of the GUI. */
export async function installGui(app: FastifyInstance, rendererDir: string): Promise<void> {
  if (!existsSync(rendererDir)) {
    app.get(`${GUI_PREFIX}*`, () => {
      throw new AppError(503, 'GUI::NOT_BUILT', 'The GUI is not built. Run npm run build, then start again.');
    });
    return;
  }
  await app.register(fastifyStatic, {
    root: rendererDir,
    prefix: GUI_PREFIX,
    wildcard: true,
    index: false,
    cacheControl: false,
    setHeaders: (response, path) => {
      // Built files carry a hash of their content in their names.
      const immutable = /[/\\]assets[/\\]/.test(path);
      response.headers({
        ...pageHeaders,
        'Cache-Control': immutable ? `public, max-age=${ONE_YEAR_SECONDS}, immutable` : 'no-cache',
      });
    },
  });
  app.get('/', (_request, reply) => reply.redirect(GUI_PREFIX));
  app.get('/app', (_request, reply) => reply.redirect(GUI_PREFIX));
  app.get(GUI_PREFIX, (_request, reply) => reply.sendFile('index.html'));
  app.get('/favicon.ico', (_request, reply) => reply.sendFile('favicon.svg'));
}

/** Whether a path that was not found is a screen of the GUI, which then answers for it. */
export function isGuiScreen(method: string, url: string): boolean {
  const path = url.split('?', 1)[0] ?? '';
  const lastSegment = path.slice(path.lastIndexOf('/') + 1);
  return method === 'GET' && path.startsWith(GUI_PREFIX) && !lastSegment.includes('.');
}

export const pageHeaders: Record<string, string> = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
};

/** A page of ours that needs no script. */
export function sendPage(reply: FastifyReply, status: number, title: string, text: string): FastifyReply {
  return reply
    .code(status)
    .headers(pageHeaders)
    .type('text/html; charset=utf-8')
    .send(
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>` +
        `<body><main><h1>${title}</h1><p>${text}</p></main></body></html>`,
    );
}
