import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { execIn } from '../../support/docker';
import { startFaultyEngine, type FaultyEngine } from '../../support/faulty-engine';
import { exportSnapshot, importSnapshot } from '../../support/snapshot-archive';
import { createTestBackend, type SnapshotAnswer, type TestBackend } from '../../support/test-backend';

/** Long enough for an import of a small snapshot, where nothing holds it up. */
const IMPORT_MS = 2_000;

let engine: FaultyEngine;
let test: TestBackend;
beforeEach(async () => {
  engine = await startFaultyEngine();
  test = await createTestBackend({ environment: engine.environment });
});
afterEach(async () => {
  await test.dispose();
  await engine.stop();
});

it('keeps a snapshot that comes back while what was left of it is being removed', async () => {
  const { id: sourceId } = await test.createSandbox();
  await execIn(test.docker, test.containerOf(sourceId), ['sh', '-c', 'echo kept > /note']);
  const { id } = await test.takeSnapshot(sourceId, 'moved');
  // An archive that was made of an imported snapshot gives the very same image again.
  await move(id);
  const { archive } = await exportSnapshot(test, id);
  const user = await test.createSandbox({ image: undefined, snapshotId: id });
  expect((await test.call('DELETE', `/v1/snapshots/${id}`)).status).toBe(204);
  const removal = engine.holdRequest('DELETE /images/sha256');
  expect((await test.call('DELETE', `/v1/sandboxes/${user.id}`)).status).toBe(204);
  await removal.asked;
  const importing = importSnapshot(test, archive);
  await Promise.race([importing, delay(IMPORT_MS)]);
  removal.passOn();
  expect((await importing).status).toBe(202);
  // The engine answers what it is asked in turn, so a removal that was to come has come by then.
  const restored = await test.createSandbox({ image: undefined, snapshotId: id });
  expect(await execIn(test.docker, test.containerOf(restored.id), ['cat', '/note'])).toContain('kept');
  const { body } = await test.call<SnapshotAnswer>('GET', `/v1/snapshots/${id}`);
  expect(body.status.state).toBe('Ready');
});

async function move(id: string): Promise<void> {
  const { archive } = await exportSnapshot(test, id);
  await test.call('DELETE', `/v1/snapshots/${id}`);
  expect((await importSnapshot(test, archive)).status).toBe(202);
}
