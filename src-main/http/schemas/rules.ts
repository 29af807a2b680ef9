import { Type, type Static } from 'typebox';
import { Timestamp } from './common';

const WEEK_MINUTES = 7 * 24 * 60;

export const RetentionRule = Type.Object(
  {
    keepLast: Type.Integer({ minimum: 1, maximum: 1000 }),
    hourlyHours: Type.Integer({
      minimum: 0,
      maximum: 744,
      description: 'Also the newest of each hour (UTC), for so many hours back from the newest snapshot.',
    }),
    dailyDays: Type.Integer({
      minimum: 0,
      maximum: 3650,
      description: 'Also the newest of each day (UTC), for so many days back from the newest snapshot.',
    }),
    includeManual: Type.Boolean({ description: 'Also judge snapshots that somebody asked for.' }),
  },
  { $id: 'RetentionRule', description: 'Pinned snapshots and those that a sandbox stands on always stay.' },
);

export const SnapshotRules = Type.Object(
  {
    everyMinutes: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: WEEK_MINUTES,
        description: 'Takes a snapshot when the sandbox is Running and changed since the last one.',
      }),
    ),
    beforeDelete: Type.Boolean(),
    beforeExpiry: Type.Boolean(),
    beforeRollback: Type.Boolean({ description: 'What a roll back does that does not say.' }),
    retention: Type.Optional(RetentionRule),
  },
  { $id: 'SnapshotRules' },
);
export type SnapshotRules = Static<typeof SnapshotRules>;

export const RuleOutcome = Type.Enum(['taken', 'unchanged', 'not-running', 'busy', 'failed']);

export const SandboxRules = Type.Object(
  {
    rules: SnapshotRules,
    /** False while nobody set any: then these are what holds without. */
    isSet: Type.Boolean(),
    nextSnapshotAt: Type.Optional(Timestamp),
    lastCheck: Type.Optional(Type.Object({ at: Timestamp, outcome: RuleOutcome })),
  },
  { $id: 'SandboxRules' },
);
export type SandboxRules = Static<typeof SandboxRules>;

export const RetentionPreviewRequest = Type.Object({
  retention: Type.Optional(
    Type.Union([RetentionRule, Type.Null()], { description: 'Absent: the rule that holds now. Null: none.' }),
  ),
});
export type RetentionPreviewRequest = Static<typeof RetentionPreviewRequest>;

const JudgedSnapshot = {
  id: Type.String(),
  displayName: Type.String(),
  createdAt: Timestamp,
  /** A sentence for people. */
  reason: Type.String(),
};

export const RetentionPreview = Type.Object(
  {
    deletes: Type.Array(
      Type.Object({
        ...JudgedSnapshot,
        bytes: Type.Integer({ description: 'What goes with it alone; several together may free more.' }),
      }),
    ),
    keeps: Type.Array(Type.Object(JudgedSnapshot)),
    freedBytes: Type.Integer(),
  },
  { $id: 'RetentionPreview' },
);
export type RetentionPreview = Static<typeof RetentionPreview>;
