import { Type, type Static } from 'typebox';

/** Secrets in snapshots: where they are, never what they are. */

/** A query has to fit into a request line; folders and globs say more in less. */
const MAX_LEFT_OUT = 200;

export const LeaveOut = Type.Array(Type.String({ minLength: 2, maxLength: 4_096 }), {
  maxItems: MAX_LEFT_OUT,
  description:
    'Absolute paths, or globs of them such as /root/**/*.pem, that no layer is to have; a folder stands for all below it. Beside them env:NAME for an environment variable, label:NAME for a label and history:3 for what the third step of the history says. Each has to be there.',
});

const found = {
  rule: Type.String({ description: 'Family of the rule of secretlint that found it, such as github.' }),
  kind: Type.String({ description: "The rule's word for what it is, such as GITHUB_TOKEN." }),
  line: Type.Integer({ minimum: 1 }),
  preview: Type.String({ description: 'What the secret is called there, with dots in its place.' }),
};

export const SecretInFile = Type.Object({
  place: Type.Literal('file'),
  path: Type.String({ description: 'Absolute.' }),
  ...found,
  layer: Type.Integer({ minimum: 1, description: 'Which layer of the image, from the bottom.' }),
  isVisible: Type.Boolean({
    description:
      'False: a later layer replaces or removes the file, but the layer with it travels all the same.',
  }),
  leaveOut: Type.String({ description: 'What to name in leaveOut so that exactly this path stays here.' }),
});
export type SecretInFile = Static<typeof SecretInFile>;

export const SecretInText = Type.Object({
  place: Type.Enum(['environment', 'command', 'label', 'history', 'notes']),
  name: Type.String({ description: 'Such as the name of the variable or label.' }),
  ...found,
  leaveOut: Type.Optional(
    Type.String({
      description:
        'What to name in leaveOut so that it stays here. Not there for what cannot: commands, the name and notes of the snapshot, and the labels by which it is known for one.',
    }),
  ),
});
export type SecretInText = Static<typeof SecretInText>;

export const SecretsReport = Type.Object(
  {
    snapshotId: Type.String(),
    findings: Type.Array(Type.Union([SecretInFile, SecretInText])),
    omitted: Type.Integer({ description: 'Secrets that were found beyond what is listed.' }),
    scannedFiles: Type.Integer(),
    scannedBytes: Type.Integer(),
    skipped: Type.Object(
      { large: Type.Integer(), binary: Type.Integer(), unread: Type.Integer() },
      { description: 'Files that were not looked into: over maxFileBytes, no text, or too slow to judge.' },
    ),
    maxFileBytes: Type.Integer(),
    layers: Type.Integer(),
    baseLayers: Type.Integer({ description: 'The lowest ones, which were not looked into.' }),
  },
  { $id: 'SecretsReport' },
);
export type SecretsReport = Static<typeof SecretsReport>;

export const LeaveOutRequest = Type.Object({ leaveOut: LeaveOut });
export const LeaveOutPreview = Type.Object({
  paths: Type.Integer({ description: 'How many paths would be missing, folders counted like files.' }),
  layers: Type.Integer({ description: 'In how many layers.' }),
  texts: Type.Integer({ description: 'How many variables, labels and steps of the history.' }),
});
export type LeaveOutPreview = Static<typeof LeaveOutPreview>;

export const SecretsScanRequest = Type.Object({
  includeBase: Type.Optional(
    Type.Boolean({ default: false, description: 'Also look into the layers of the base image.' }),
  ),
});
