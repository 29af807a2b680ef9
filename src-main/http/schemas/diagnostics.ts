import { Type } from 'typebox';

/** diagnostic-api.yml, `DiagnosticContentResponse`; always inline here. */
export const DiagnosticContent = Type.Object(
  {
    sandboxId: Type.String(),
    kind: Type.Enum(['logs', 'events']),
    scope: Type.String(),
    delivery: Type.Enum(['inline']),
    contentType: Type.String(),
    content: Type.String(),
    contentLength: Type.Integer({ minimum: 0 }),
    truncated: Type.Boolean(),
    warnings: Type.Optional(Type.Array(Type.String())),
  },
  { $id: 'DiagnosticContent' },
);

export const LogsQuery = Type.Object({
  scope: Type.Optional(Type.String({ description: 'container, lifecycle or all; plain text without.' })),
  tail: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 100 })),
  since: Type.Optional(Type.String({ description: 'Such as 10m, 2h.' })),
});

export const EventsQuery = Type.Object({
  scope: Type.Optional(Type.String({ description: 'lifecycle, runtime or all; plain text without.' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 50 })),
});

export const SummaryQuery = Type.Object({
  tail: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 50 })),
  event_limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 20 })),
});
