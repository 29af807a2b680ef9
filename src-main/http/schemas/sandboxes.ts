import { Type, type Static } from 'typebox';
import { PaginationInfo, StringMap, Timestamp, pageQuery } from './common';

/** Some clients send null for what their user left out (CONTRACT.md 7); answers never hold null. */
const nullable = <T extends Type.TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));

export const SandboxStatus = Type.Object({
  state: Type.String({
    description: 'Pending, Running, Pausing, Paused, Resuming, Stopping, Terminated, Failed or Unknown.',
  }),
  reason: Type.Optional(Type.String()),
  message: Type.Optional(Type.String()),
  lastTransitionAt: Type.Optional(Timestamp),
});
export type SandboxStatus = Static<typeof SandboxStatus>;

export const PlatformSpec = Type.Object({ os: Type.String(), arch: Type.String() });

export const ImageSpec = Type.Object({
  uri: Type.String(),
  auth: nullable(Type.Object({ username: nullable(Type.String()), password: nullable(Type.String()) })),
});

const sandboxFields = {
  id: Type.String(),
  status: SandboxStatus,
  metadata: Type.Optional(StringMap),
  platform: Type.Optional(PlatformSpec),
  expiresAt: Type.Optional(Timestamp),
  createdAt: Timestamp,
  entrypoint: Type.Array(Type.String()),
};

export const CreateSandboxResponse = Type.Object(sandboxFields, { $id: 'CreateSandboxResponse' });
export type CreateSandboxResponse = Static<typeof CreateSandboxResponse>;

export const Sandbox = Type.Object(
  {
    ...sandboxFields,
    image: Type.Optional(Type.Object({ uri: Type.String() })),
    snapshotId: Type.Optional(Type.String()),
    extensions: Type.Optional(StringMap),
  },
  { $id: 'Sandbox' },
);
export type Sandbox = Static<typeof Sandbox>;

export const ListSandboxesResponse = Type.Object(
  { items: Type.Array(Sandbox), pagination: PaginationInfo },
  { $id: 'ListSandboxesResponse' },
);

export const NetworkRule = Type.Object({
  action: Type.Enum(['allow', 'deny']),
  target: Type.String({ minLength: 1 }),
});

export const NetworkPolicy = Type.Object({
  defaultAction: nullable(Type.Enum(['allow', 'deny'])),
  egress: nullable(Type.Array(NetworkRule)),
});

/** Shape only: the rules of CONTRACT.md 2.8, with their own codes, are checked by the sandbox service. */
export const Volume = Type.Object({
  name: Type.String(),
  host: nullable(Type.Object({ path: Type.String() })),
  pvc: Type.Optional(
    Type.Union([
      Type.Object({
        claimName: Type.String(),
        createIfNotExists: nullable(Type.Boolean()),
        deleteOnSandboxTermination: nullable(Type.Boolean()),
      }),
      Type.Null(),
    ]),
  ),
  ossfs: Type.Optional(Type.Unknown()),
  mountPath: Type.String(),
  readOnly: nullable(Type.Boolean()),
  subPath: nullable(Type.String()),
});
export type Volume = Static<typeof Volume>;

export const CreateSandboxRequest = Type.Object(
  {
    image: nullable(ImageSpec),
    snapshotId: nullable(Type.String()),
    platform: nullable(PlatformSpec),
    timeout: nullable(Type.Integer({ minimum: 60, description: 'Seconds; absent or null never expires.' })),
    resourceLimits: nullable(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]))),
    resourceRequests: Type.Optional(Type.Unknown()),
    env: nullable(Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]))),
    metadata: nullable(StringMap),
    entrypoint: nullable(Type.Array(Type.String())),
    networkPolicy: nullable(NetworkPolicy),
    credentialProxy: nullable(Type.Object({ enabled: nullable(Type.Boolean()) })),
    secureAccess: nullable(Type.Boolean()),
    volumes: nullable(Type.Array(Volume)),
    extensions: nullable(Type.Record(Type.String(), Type.Unknown())),
  },
  { $id: 'CreateSandboxRequest' },
);
export type CreateSandboxRequest = Static<typeof CreateSandboxRequest>;

export const PatchSandboxMetadataRequest = Type.Record(
  Type.String(),
  Type.Union([Type.String(), Type.Null()]),
);
export type PatchSandboxMetadataRequest = Static<typeof PatchSandboxMetadataRequest>;

export const RenewSandboxExpirationRequest = Type.Object({
  expiresAt: Type.String({ description: 'RFC 3339; without an offset it is UTC.' }),
});

export const RenewSandboxExpirationResponse = Type.Object(
  { expiresAt: Timestamp },
  { $id: 'RenewSandboxExpirationResponse' },
);

export const Endpoint = Type.Object(
  { endpoint: Type.String(), headers: Type.Optional(StringMap) },
  { $id: 'Endpoint' },
);
export type Endpoint = Static<typeof Endpoint>;

export const ListSandboxesQuery = Type.Object({
  ...pageQuery,
  metadata: Type.Optional(Type.String({ description: '`k=v&k2=v2`, encoded as one value; AND.' })),
});
export type ListSandboxesQuery = Static<typeof ListSandboxesQuery>;
