import { Type, type Static, type TSchema } from 'typebox';

/** Some clients send null for what they leave out. */
const optional = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));

/** execd-api.yaml, RunCommandRequest. */
export const RunCommandRequest = Type.Object(
  {
    command: Type.String({ description: 'Text for bash, else sh.' }),
    cwd: optional(Type.String({ description: 'A leading ~ and $NAME stand for the sandbox’s environment.' })),
    background: optional(Type.Boolean()),
    timeout: optional(Type.Integer({ minimum: 0, description: 'Milliseconds; 0 or absent for none.' })),
    uid: optional(Type.Integer({ minimum: 0 })),
    gid: optional(Type.Integer({ minimum: 0, description: 'Needs uid.' })),
    envs: optional(Type.Record(Type.String(), Type.String())),
  },
  { $id: 'RunCommandRequest' },
);
export type RunCommandRequest = Static<typeof RunCommandRequest>;

/** execd-api.yaml, RunInSessionRequest. */
export const RunInSessionRequest = Type.Object(
  {
    command: Type.String(),
    cwd: optional(Type.String()),
    timeout: optional(Type.Integer({ minimum: 0, description: 'Milliseconds; 0 or absent for 24 h.' })),
  },
  { $id: 'RunInSessionRequest' },
);

/** execd-api.yaml, CreateSessionRequest; the body itself may be missing. */
export const CreateSessionRequest = Type.Union([
  Type.Object({ cwd: optional(Type.String({ description: 'Made when it does not exist.' })) }),
  Type.Null(),
]);

export const CreateSessionResponse = Type.Object(
  { session_id: Type.String() },
  { $id: 'CreateSessionResponse' },
);

/** execd-api.yaml, CommandStatusResponse. What is not known yet is left out. */
export const CommandStatusResponse = Type.Object(
  {
    id: Type.String(),
    content: Type.String(),
    running: Type.Boolean(),
    exit_code: Type.Optional(Type.Integer()),
    error: Type.Optional(Type.String()),
    started_at: Type.String(),
    finished_at: Type.Optional(Type.String()),
  },
  { $id: 'CommandStatusResponse' },
);
export type CommandStatusResponse = Static<typeof CommandStatusResponse>;
