import { Type, type Static } from 'typebox';

const Lists = Type.Object(
  {
    sandboxIds: Type.Optional(Type.Array(Type.String())),
    /** `index` says which of the sandboxes is missing, counted from 1. */
    failures: Type.Optional(
      Type.Array(Type.Object({ index: Type.Integer(), code: Type.String(), message: Type.String() })),
    ),
  },
  { additionalProperties: { type: 'string' } },
);

/** What a task made: single facts as text, and two lists for tasks that make several sandboxes. */
export const TaskResult = Type.Unsafe<Static<typeof Lists> & Record<string, unknown>>(Lists);
