import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId, nowIso } from '../../../src-main/ids';
import { openStateStore } from '../../../src-main/store/open-state-store';
import { snapshotSeed } from '../../bench/support/seeded-snapshots';

/**
 * A data folder that holds the activity of an earlier run.
 * @param message of each entry, by its number; the oldest is 0
 */
export async function seedActivity(entries: number, message: (index: number) => string): Promise<string> {
  const dataDir = await newFolder();
  const store = await openStateStore({ dataDir });
  const activity = store.collection('activity');
  for (let index = 0; index < entries; index += 1)
    await activity.put({
      id: newId('act'),
      at: nowIso(),
      cause: 'api',
      kind: 'sandbox.created',
      severity: 'info',
      message: message(index),
    });
  await store.close();
  return dataDir;
}

/** A data folder that holds snapshots of this engine, as {@link snapshotSeed} makes them. */
export async function seedSnapshots(count?: number): Promise<string> {
  const fill = await snapshotSeed(count);
  const dataDir = await newFolder();
  await fill(dataDir);
  return dataDir;
}

function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'opensandbox-test-'));
}
