import { beforeEach, expect, it } from 'vitest';
import { ActivityLog } from '../../../src-main/activity/activity-log';
import { Changes } from '../../../src-main/activity/changes';
import { EndingSnapshots } from '../../../src-main/rules/ending-snapshots';
import { SandboxRegistry } from '../../../src-main/sandboxes/sandbox-registry';
import { OrderedCollection } from '../../../src-main/store/ordered-collection';
import type { SandboxRecord, SnapshotRecord } from '../../../src-main/store/records';
import { pino } from 'pino';
import { sampleSandbox, sampleSnapshot } from '../store/sample-records';
import { createFolder, openStore } from '../store/store-folder';

const EXPIRED: SandboxRecord = { ...sampleSandbox(0), expiresAt: '2026-11-26T12:00:00.000Z' };

async function open() {
  const store = await openStore(await createFolder());
  const changes = new Changes();
  const records = new OrderedCollection(store.collection('snapshots'));
  const registry = new SandboxRegistry(new OrderedCollection(store.collection('sandboxes')), changes);
  const activity = new ActivityLog(store.collection('activity'), changes, pino({ level: 'silent' }));
  const rules = store.collection('rules');
  const asked: string[] = [];
  const ending = new EndingSnapshots({
    rules,
    registry,
    records,
    activity,
    snapshots: {
      accept: (sandboxId, { automatic }) => {
        asked.push(`${String(automatic)} of ${sandboxId}`);
        return Promise.resolve(sampleSnapshot(0));
      },
    },
  });
  await rules.put({
    id: EXPIRED.id,
    countedFrom: EXPIRED.createdAt,
    beforeDelete: true,
    beforeExpiry: true,
    beforeRollback: true,
  });
  const container = { id: 'container', phase: 'running', exitCode: 0, oomKilled: false } as const;
  registry.noteContainer(EXPIRED.id, container);
  const messages = () =>
    activity.newest(10).map(({ cause, severity, message }) => ({ cause, severity, message }));
  return { ending, asked, messages, records, registry };
}

function taken(changes: Partial<SnapshotRecord>): SnapshotRecord {
  return { ...sampleSnapshot(1), sandboxId: EXPIRED.id, createdAt: '2026-11-26T12:00:00.100Z', ...changes };
}

let opened: Awaited<ReturnType<typeof open>>;
beforeEach(async () => {
  opened = await open();
});

it('asks for the snapshot before the first wait, by the reason of the end', () => {
  const { ending, asked } = opened;
  void ending.beforeEnd(EXPIRED, 'expiry');
  void ending.beforeEnd(EXPIRED, 'gui');
  expect(asked).toEqual([`before-expiry of ${EXPIRED.id}`, `before-delete of ${EXPIRED.id}`]);
});

it('asks once for one expiry, however often the removal has to be tried', async () => {
  const { ending, asked, records } = opened;
  await records.put(taken({ automatic: 'before-expiry', state: 'Failed' }));
  await ending.beforeEnd(EXPIRED, 'expiry');
  expect(asked).toEqual([]);
  // It was renewed and expired again.
  await ending.beforeEnd({ ...EXPIRED, expiresAt: '2026-11-26T13:00:00.000Z' }, 'expiry');
  expect(asked).toHaveLength(1);
});

it('asks for none while one waits that will hold everything, and for none without a container', async () => {
  const { ending, asked, records, registry } = opened;
  const begun = taken({ automatic: 'interval', state: 'Creating' });
  const waiting = { ...begun };
  delete waiting.captureStartedAt;
  await records.put(waiting);
  await ending.beforeEnd(EXPIRED, 'api');
  expect(asked).toEqual([]);
  await records.put({ ...begun, captureStartedAt: '2026-11-26T12:00:00.200Z' });
  await ending.beforeEnd(EXPIRED, 'api');
  expect(asked).toHaveLength(1);
  registry.noteContainer(EXPIRED.id, undefined);
  await ending.beforeEnd(EXPIRED, 'api');
  expect(asked).toHaveLength(1);
});

it('says once that a sandbox goes without its last snapshot', async () => {
  const { ending, messages, records } = opened;
  ending.tellFailed(EXPIRED);
  await records.put(taken({ automatic: 'before-expiry', state: 'Ready' }));
  ending.tellFailed(EXPIRED);
  expect(messages()).toEqual([]);
  await records.put(taken({ automatic: 'before-expiry', state: 'Failed', message: 'The disk is full.' }));
  ending.tellFailed(EXPIRED);
  ending.tellFailed(EXPIRED);
  const [told, ...more] = messages();
  expect(more).toEqual([]);
  expect(told).toMatchObject({ cause: 'rule', severity: 'error' });
  expect(told?.message).toMatch(/goes without the snapshot that its rule asks for: The disk is full\.$/);
});
