import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { causeOf } from '../access';
import { errorResponses } from '../error-responses';
import { noBody } from '../schemas/common';
import { RetentionPreview, RetentionPreviewRequest, SandboxRules, SnapshotRules } from '../schemas/rules';
import type { Services } from '../services';

/** `/v1/desktop/sandboxes/{id}/rules…`: snapshots by rule, and which of them stay. */
export function ruleRoutes({ rules, engines }: Services): FastifyPluginCallbackTypebox {
  const params = Type.Object({ sandboxId: Type.String() });
  const tags = ['Desktop'];
  return (app, _options, done) => {
    app.addHook('preHandler', (_request, _reply, next) => {
      engines.require();
      next();
    });

    app.get(
      '/sandboxes/:sandboxId/rules',
      {
        schema: {
          summary: 'The rules of a sandbox, or what holds without',
          tags,
          params,
          response: { 200: SandboxRules, ...errorResponses(401, 404, 500, 503) },
        },
      },
      (request) => rules.get(request.params.sandboxId),
    );

    app.put(
      '/sandboxes/:sandboxId/rules',
      {
        schema: {
          summary: 'Set the rules; snapshots that the retention does not keep are deleted',
          tags,
          params,
          body: SnapshotRules,
          response: { 200: SandboxRules, ...errorResponses(400, 401, 404, 500, 503) },
        },
      },
      (request) => rules.set(request.params.sandboxId, request.body, causeOf(request)),
    );

    app.delete(
      '/sandboxes/:sandboxId/rules',
      {
        schema: {
          summary: 'Remove the rules; snapshots stay as they are',
          tags,
          params,
          response: { 204: noBody('Removed.'), ...errorResponses(401, 404, 500, 503) },
        },
      },
      async (request, reply) => {
        await rules.remove(request.params.sandboxId, causeOf(request));
        return reply.code(204).send(undefined);
      },
    );

    app.post(
      '/sandboxes/:sandboxId/rules/preview',
      {
        schema: {
          summary: 'Which snapshots a retention rule would delete now, and why the others stay',
          tags,
          params,
          body: RetentionPreviewRequest,
          response: { 200: RetentionPreview, ...errorResponses(400, 401, 404, 500, 503) },
        },
      },
      (request) => rules.preview(request.params.sandboxId, request.body),
    );
    done();
  };
}
