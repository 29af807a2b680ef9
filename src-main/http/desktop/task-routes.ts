import { Readable } from 'node:stream';
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { AppError } from '../../errors';
import { causeOf } from '../access';
import { streamTars } from '../body-parsers';
import { errorResponses } from '../error-responses';
import { LocalImageList, PullImageRequest, Task, TaskList } from '../schemas/desktop';
import type { Services } from '../services';

/** `/v1/desktop/tasks…` and `/v1/desktop/images…`. */
export function taskRoutes(services: Services): FastifyPluginCallbackTypebox {
  const { tasks, images } = services;
  const taskParams = Type.Object({ taskId: Type.String() });
  const accepted = { 202: Task, ...errorResponses(400, 401, 500, 503) };
  return (app, _options, done) => {
    streamTars(app);
    app.get(
      '/tasks',
      {
        schema: {
          summary: 'Long work, newest first',
          tags: ['Desktop'],
          response: { 200: TaskList, ...errorResponses(401, 500) },
        },
      },
      () => ({ items: tasks.list() }),
    );

    app.get(
      '/tasks/:taskId',
      {
        schema: {
          summary: 'One task',
          tags: ['Desktop'],
          params: taskParams,
          response: { 200: Task, ...errorResponses(401, 404, 500) },
        },
      },
      (request) => tasks.get(request.params.taskId),
    );

    app.delete(
      '/tasks/:taskId',
      {
        schema: {
          summary: 'Cancel a running task',
          tags: ['Desktop'],
          params: taskParams,
          response: { 202: Task, ...errorResponses(401, 404, 409, 500) },
        },
      },
      (request, reply) => {
        reply.code(202);
        return tasks.cancel(request.params.taskId);
      },
    );

    app.get(
      '/images',
      {
        schema: {
          summary: 'Local images that sandboxes can start from',
          tags: ['Desktop'],
          response: { 200: LocalImageList, ...errorResponses(401, 500, 503) },
        },
      },
      async () => ({ items: await images.list() }),
    );

    app.post(
      '/images/pull',
      { schema: { summary: 'Pull an image', tags: ['Desktop'], body: PullImageRequest, response: accepted } },
      async (request, reply) => reply.code(202).send(await images.pull(request.body, causeOf(request))),
    );

    app.post(
      '/images/starter',
      {
        schema: { summary: 'Make the small starter image, offline', tags: ['Desktop'], response: accepted },
      },
      async (request, reply) => reply.code(202).send(await images.makeStarter(causeOf(request))),
    );

    app.post(
      '/images/import',
      {
        schema: {
          summary: 'Make an image of a root filesystem tar, sent as the body',
          tags: ['Desktop'],
          querystring: Type.Object({ name: Type.String({ minLength: 1 }) }),
          response: accepted,
        },
      },
      async (request, reply) => {
        if (!(request.body instanceof Readable)) {
          throw new AppError(
            400,
            'SANDBOX::INVALID_PARAMETER',
            'Send the root filesystem tar as the body, with Content-Type application/x-tar.',
          );
        }
        const length = Number(request.headers['content-length']);
        const bytes = Number.isInteger(length) ? length : undefined;
        const task = await images.importTar(request.query.name, request.body, bytes, causeOf(request));
        return reply.code(202).send(task);
      },
    );
    done();
  };
}
