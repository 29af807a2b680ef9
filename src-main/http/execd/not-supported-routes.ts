import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { AppError } from '../../errors';

/** Code contexts need Jupyter in the image, isolated sessions a kernel's help. */
const ABSENT_RESOURCES = ['/code', '/v1/isolated'];

/** CONTRACT.md 1.6: what the SDK asks before it uses isolated sessions. */
const NO_ISOLATION = {
  available: false,
  setpriv_available: false,
  userns_available: false,
  commit_supported: false,
  diff_supported: false,
};

/** Parts of the in-sandbox API that this server does not have: 501, never 404 or a hang (CONTRACT.md 4.5). */
export function notSupportedRoutes(): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    // Whatever body comes, it is not read.
    app.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    app.get('/v1/isolated/capabilities', () => NO_ISOLATION);
    for (const url of ABSENT_RESOURCES.flatMap((resource) => [resource, `${resource}/*`])) {
      app.all(url, () => {
        throw new AppError(
          501,
          'NOT_SUPPORTED',
          'This part of the in-sandbox API is not available here. Use a command instead, where one can do it.',
        );
      });
    }
    done();
  };
}
