import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Access } from './access';
import { GUI_PREFIX, sendPage } from './gui';

export const SIGN_IN_PATH = '/sign-in';

/** Exchanges the single-use token of a link for a session cookie, so that no key is ever in a URL or a page. */
export function signInRoute(access: Access): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    app.get(
      SIGN_IN_PATH,
      {
        // A HEAD, as link checkers send it, must not use the token up.
        exposeHeadRoute: false,
        schema: {
          querystring: Type.Object({ token: Type.Optional(Type.String()), to: Type.Optional(Type.String()) }),
        },
      },
      (request, reply) => {
        const { token = '', to = GUI_PREFIX } = request.query;
        const target = screenOf(to);
        reply.header('Cache-Control', 'no-store').header('Referrer-Policy', 'no-referrer');
        if (access.redeemLinkToken(token)) {
          return reply.header('Set-Cookie', access.sessionCookie(request)).redirect(target);
        }
        // The link was opened before, or is old: whoever is signed in already may go on.
        if (access.holdsSession(request)) return reply.redirect(target);
        return sendPage(
          reply,
          401,
          'This link works no longer',
          'Each sign-in link works once, within ten minutes. End the server with Ctrl+C and start it again: it prints a new one.',
        );
      },
    );
    done();
  };
}

/** The address of a screen of ours as it may stand in a header; anything else leads to the first screen. */
function screenOf(to: string): string {
  const base = 'http://localhost';
  if (!to.startsWith(GUI_PREFIX) || !URL.canParse(to, base)) return GUI_PREFIX;
  // Parsing resolves "..", drops line ends and encodes what a header cannot hold.
  const { origin, pathname, search, hash } = new URL(to, base);
  return origin === base && pathname.startsWith(GUI_PREFIX) ? `${pathname}${search}${hash}` : GUI_PREFIX;
}
