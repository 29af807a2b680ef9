import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { AppError } from '../../errors';
import { createdView, sandboxView } from '../../sandboxes/sandbox-views';
import { endpointOf } from '../../sandboxes/endpoints';
import type { SandboxRecord } from '../../store/records';
import { causeOf } from '../access';
import { errorResponses } from '../error-responses';
import { ACCESS_TOKEN_HEADER } from '../proxy/sandbox-tokens';
import { noBody } from '../schemas/common';
import {
  CreateSandboxRequest,
  CreateSandboxResponse,
  Endpoint,
  ListSandboxesQuery,
  ListSandboxesResponse,
  PatchSandboxMetadataRequest,
  RenewSandboxExpirationRequest,
  RenewSandboxExpirationResponse,
  Sandbox,
} from '../schemas/sandboxes';
import type { Services } from '../services';

const params = Type.Object({ sandboxId: Type.String() });

/** `/v1/sandboxes…` (sandbox-lifecycle.yml, tag Sandboxes). */
export function sandboxRoutes(services: Services): FastifyPluginCallbackTypebox {
  const { sandboxes, registry, engines, tokens } = services;
  const view = (record: SandboxRecord) => sandboxView(record, registry.status(record));
  return (app, _options, done) => {
    app.addHook('preHandler', (_request, _reply, next) => {
      // What a sandbox is, only the engine knows: without it nothing truthful can be answered.
      engines.require();
      next();
    });

    app.get(
      '/',
      {
        prefixTrailingSlash: 'no-slash',
        schema: {
          operationId: 'listSandboxes',
          summary: 'List sandboxes',
          tags: ['Sandboxes'],
          querystring: ListSandboxesQuery,
          response: { 200: ListSandboxesResponse, ...errorResponses(400, 401, 500, 503) },
        },
      },
      (request) => {
        const { items, pagination } = sandboxes.list(request.query);
        return { items: items.map(view), pagination };
      },
    );

    app.post(
      '/',
      {
        prefixTrailingSlash: 'no-slash',
        schema: {
          operationId: 'createSandbox',
          summary: 'Create a sandbox from an image or a snapshot',
          tags: ['Sandboxes'],
          body: CreateSandboxRequest,
          response: { 202: CreateSandboxResponse, ...errorResponses(400, 401, 404, 409, 500, 503) },
        },
      },
      async (request, reply) => {
        const record = await sandboxes.create(request.body, causeOf(request));
        const status = registry.status(record);
        const started = 'Sandbox container started successfully.';
        return reply
          .code(202)
          .header('Location', `/v1/sandboxes/${record.id}`)
          .send(createdView(record, status.state === 'Running' ? { ...status, message: started } : status));
      },
    );

    app.get(
      '/:sandboxId',
      {
        schema: {
          operationId: 'getSandbox',
          summary: 'Fetch a sandbox',
          tags: ['Sandboxes'],
          params,
          response: { 200: Sandbox, ...errorResponses(401, 404, 500, 503) },
        },
      },
      (request) => view(sandboxes.get(request.params.sandboxId)),
    );

    app.delete(
      '/:sandboxId',
      {
        schema: {
          operationId: 'deleteSandbox',
          summary: 'Delete a sandbox',
          tags: ['Sandboxes'],
          params,
          response: { 204: noBody('Deleted.'), ...errorResponses(401, 404, 409, 500, 503) },
        },
      },
      async (request, reply) => {
        await sandboxes.delete(request.params.sandboxId, causeOf(request));
        return reply.code(204).send(undefined);
      },
    );

    app.patch(
      '/:sandboxId/metadata',
      {
        schema: {
          operationId: 'patchSandboxMetadata',
          summary: 'Patch metadata (JSON merge patch)',
          tags: ['Sandboxes'],
          params,
          body: PatchSandboxMetadataRequest,
          response: { 200: Sandbox, ...errorResponses(400, 401, 404, 409, 500, 503) },
        },
      },
      async (request) => view(await sandboxes.patchMetadata(request.params.sandboxId, request.body)),
    );

    for (const action of ['pause', 'resume'] as const) {
      app.post(
        `/:sandboxId/${action}`,
        {
          schema: {
            operationId: `${action}Sandbox`,
            summary: action === 'pause' ? 'Pause a running sandbox' : 'Resume a paused sandbox',
            tags: ['Sandboxes'],
            params,
            response: { 202: noBody('Accepted.'), ...errorResponses(401, 404, 409, 500, 503) },
          },
        },
        async (request, reply) => {
          await sandboxes[action](request.params.sandboxId, causeOf(request));
          return reply.code(202).send(undefined);
        },
      );
    }

    app.post(
      '/:sandboxId/renew-expiration',
      {
        schema: {
          operationId: 'renewSandboxExpiration',
          summary: 'Move the expiry',
          tags: ['Sandboxes'],
          params,
          body: RenewSandboxExpirationRequest,
          response: { 200: RenewSandboxExpirationResponse, ...errorResponses(400, 401, 404, 409, 500, 503) },
        },
      },
      async (request) => ({
        expiresAt: await sandboxes.renew(request.params.sandboxId, request.body.expiresAt, causeOf(request)),
      }),
    );

    app.get(
      '/:sandboxId/endpoints/:port',
      {
        schema: {
          operationId: 'getSandboxEndpoint',
          summary: 'Where a port of the sandbox is reached',
          tags: ['Sandboxes'],
          params: Type.Object({ sandboxId: Type.String(), port: Type.String() }),
          querystring: Type.Object({
            use_server_proxy: Type.Optional(Type.Boolean({ default: false })),
            expires: Type.Optional(Type.String()),
          }),
          response: { 200: Endpoint, ...errorResponses(400, 401, 404, 500, 503) },
        },
      },
      (request) => {
        const { id } = sandboxes.get(request.params.sandboxId);
        const { host } = request.headers;
        if (host === undefined)
          throw new AppError(400, 'SANDBOX::INVALID_PARAMETER', 'The request has no Host header.');
        return endpointOf({
          sandboxId: id,
          port: request.params.port,
          host,
          headers: { [ACCESS_TOKEN_HEADER]: tokens.tokenOf(id) },
          ...request.query,
        });
      },
    );
    done();
  };
}
