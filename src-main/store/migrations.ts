import type { StoredState } from './stored-state';

/** Turns a state of schema version n into one of version n + 1. Pure: records are replaced, never changed. */
export type Migration = (state: StoredState) => StoredState;

/**
 * All migrations in order: the first leads from schema version 1 to 2. To change what is stored, append one
 * here; never edit one that was released.
 */
export const MIGRATIONS: readonly Migration[] = [];

/** The schema version that a list of migrations leads to. */
export function schemaVersionOf(migrations: readonly Migration[]): number {
  return migrations.length + 1;
}

/** Narrows a parsed value to a schema version. */
export function isSchemaVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

/** Runs the migrations that lead from one schema version to another. */
export function migrate(
  state: StoredState,
  migrations: readonly Migration[],
  versions: { from: number; to: number },
): StoredState {
  return migrations.slice(versions.from - 1, versions.to - 1).reduce((before, step) => step(before), state);
}
