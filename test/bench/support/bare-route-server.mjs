// A bare Fastify route with a response schema, in its own process: the yardstick for requests per second.
import fastify from 'fastify';

const text = { type: 'string' };
const snapshot = {
  type: 'object',
  required: ['id', 'sandboxId', 'status', 'createdAt'],
  properties: {
    id: text,
    sandboxId: text,
    name: text,
    status: {
      type: 'object',
      properties: { state: text, reason: text, message: text, lastTransitionAt: text },
    },
    createdAt: text,
  },
};
const at = new Date().toISOString();
const records = new Map([
  [
    'snap_1',
    {
      id: 'snap_1',
      sandboxId: 'sbx_1',
      name: 'bare',
      status: {
        state: 'Ready',
        reason: 'ready',
        message: 'Docker snapshot image created.',
        lastTransitionAt: at,
      },
      createdAt: at,
    },
  ],
]);

const app = fastify();
app.get('/snapshots/:id', { schema: { response: { 200: snapshot } } }, (request) => {
  // Fastify fills what the path names.
  const { id } = /** @type {{ id: string }} */ (request.params);
  return records.get(id);
});
await app.listen({ port: 0, host: '127.0.0.1' });
const address = app.server.address();
console.log(typeof address === 'object' && address !== null ? address.port : '');
