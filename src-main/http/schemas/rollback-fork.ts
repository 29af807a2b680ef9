import { Type, type Static } from 'typebox';
import { CreateSandboxRequest } from './sandboxes';

export const RollbackRequest = Type.Object(
  {
    snapshotId: Type.String({
      minLength: 1,
      description: 'Any Ready snapshot, also one of another sandbox.',
    }),
    safetySnapshot: Type.Optional(
      Type.Boolean({
        description:
          'Keep the state of now as a snapshot first. Needs the sandbox Running. Absent: as its rules say, true without.',
      }),
    ),
  },
  { $id: 'RollbackRequest' },
);
export type RollbackRequest = Static<typeof RollbackRequest>;

const { env, metadata, resourceLimits, timeout, entrypoint, platform, networkPolicy, volumes, extensions } =
  CreateSandboxRequest.properties;

export const ForkRequest = Type.Object(
  {
    count: Type.Integer({ minimum: 1, maximum: 32 }),
    name: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'They get the metadata name `<name>-1`, `<name>-2`, …; absent, the name of the source.',
      }),
    ),
    env,
    metadata,
    resourceLimits,
    timeout,
    entrypoint,
    platform,
    networkPolicy,
    volumes,
    extensions,
  },
  {
    $id: 'ForkRequest',
    description:
      'What is left out comes from the source: limits and command of a snapshot; of a running sandbox also ' +
      'environment, metadata and network. Expiry never does, and volumes only as new ones with what the snapshot holds of them.',
  },
);
export type ForkRequest = Static<typeof ForkRequest>;
