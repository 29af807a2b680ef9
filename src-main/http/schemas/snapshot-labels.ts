import { Type } from 'typebox';

const MAX_LABELS = 32;

/** The whole set of a snapshot's labels: what is sent replaces what was there, `{}` takes all away. */
export const SnapshotLabels = Type.Record(Type.String(), Type.String({ maxLength: 256 }), {
  description: `At most ${MAX_LABELS}. Keys: letters, digits, dot, dash, underscore, slash; at most 63 characters.`,
  maxProperties: MAX_LABELS,
  propertyNames: { pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$' },
});
