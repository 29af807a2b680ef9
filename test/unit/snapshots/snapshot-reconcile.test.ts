import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import type { DockerEngine } from '../../../src-main/engine/docker-engine';
import {
  followImageEvent,
  type SnapshotReconcileContext,
} from '../../../src-main/snapshots/snapshot-reconcile';
import { openStateStore } from '../../../src-main/store/open-state-store';
import { OrderedCollection } from '../../../src-main/store/ordered-collection';
import type { SnapshotRecord } from '../../../src-main/store/records';
import { sampleSnapshot } from '../store/sample-records';

it('ends a snapshot once, though an engine tells of the removal of its image in several events', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'opensandbox-test-'));
  const store = await openStateStore({ dataDir });
  onTestFinished(async () => {
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  const records = new OrderedCollection(store.collection('snapshots'));
  const record = sampleSnapshot(1);
  await records.put(record);
  const ended: string[] = [];
  const service = {
    arriving: new Set<string>(),
    async fail(failed: SnapshotRecord) {
      ended.push(failed.id);
      await records.put({ ...failed, state: 'Failed' });
    },
  };
  // No more of either is asked here than where the image is, and to end the snapshot.
  const engine = { images: { inspect: () => Promise.resolve(undefined) } } as unknown as DockerEngine;
  const context = {
    service,
    records,
    logger: pino({ level: 'silent' }),
  } as unknown as SnapshotReconcileContext;

  const event = { type: 'image', id: record.imageId ?? '', attributes: { name: record.imageTag } } as const;
  await Promise.all(
    ['untag', 'delete'].map((action) => followImageEvent(engine, { ...event, action, timeNano: 0 }, context)),
  );
  expect(ended).toEqual([record.id]);
});
