import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { travellingFacts } from '../../snapshots/labelled-record';
import { patternOf } from '../../snapshots/secrets/left-out-paths';
import { MAX_FILE_BYTES } from '../../snapshots/secrets/layer-secrets';
import { causeOf } from '../access';
import { errorResponses } from '../error-responses';
import { LeaveOutPreview, LeaveOutRequest, SecretsReport, SecretsScanRequest } from '../schemas/secrets';
import type { Services } from '../services';

/** `/v1/desktop/snapshots/{id}/secrets-scan` and `…/leave-out-preview`: what to know before a snapshot is handed on. */
export function secretRoutes({ secrets, leavingOut, compare }: Services): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    app.post(
      '/snapshots/:snapshotId/secrets-scan',
      {
        schema: {
          summary: 'Look for secrets in what an export or a push would hand on; nothing is started',
          description:
            'Answers when it is done. Meanwhile there is a task of the kind snapshot.secrets, unless all layers were looked through before.',
          tags: ['Desktop'],
          params: Type.Object({ snapshotId: Type.String() }),
          body: SecretsScanRequest,
          response: { 200: SecretsReport, ...errorResponses(400, 401, 404, 409, 500, 503) },
        },
      },
      async (request) => {
        const { snapshotId } = request.params;
        const { includeBase = false } = request.body;
        const { findings, ...sums } = await secrets.scan(snapshotId, includeBase, causeOf(request));
        return {
          ...sums,
          snapshotId,
          maxFileBytes: MAX_FILE_BYTES,
          findings: findings.map((each) =>
            each.place === 'file' ? { ...each, path: `/${each.path}`, leaveOut: patternOf(each.path) } : each,
          ),
        };
      },
    );

    app.post(
      '/snapshots/:snapshotId/leave-out-preview',
      {
        schema: {
          summary: 'What an export or a push that leaves something out would lack; nothing is made',
          tags: ['Desktop'],
          params: Type.Object({ snapshotId: Type.String() }),
          body: LeaveOutRequest,
          response: { 200: LeaveOutPreview, ...errorResponses(400, 401, 404, 409, 500, 503) },
        },
      },
      async (request) => {
        const { engine, image, record } = await compare.sources.snapshot(request.params.snapshotId);
        return leavingOut.preview({ engine, image, facts: travellingFacts(record) }, request.body.leaveOut);
      },
    );
    done();
  };
}
