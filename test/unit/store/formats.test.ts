import { readdirSync } from 'node:fs';
import { cp, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLabels } from '../../../src-main/engine/labels';
import { readStory } from '../../../src-main/snapshots/labelled-record';
import { createFolder, openStore } from './store-folder';

/**
 * What servers of earlier versions wrote, each with a sandbox that was relabelled and a snapshot that was named,
 * pinned and noted. A new format adds a folder; none is ever changed.
 */
const FORMATS = resolve('test/unit/store/formats');
const LABELS = ['sandbox-labels.json', 'snapshot-labels.json'] as const;

async function labelsOf(format: string, file: (typeof LABELS)[number]): Promise<Record<string, string>> {
  return JSON.parse(await readFile(join(FORMATS, format, file), 'utf8')) as Record<string, string>;
}

describe.each(readdirSync(FORMATS))('the format “%s”', (format) => {
  it('opens whole, and is still whole after it was written by this version', async () => {
    const folder = await createFolder();
    await cp(join(FORMATS, format), folder, { recursive: true });
    for (const file of LABELS) await rm(join(folder, file));
    for (let start = 0; start < 2; start += 1) {
      const store = await openStore(folder, { compaction: { minBytes: 1, minEntries: 1 } });
      expect(store.recovery).toBeUndefined();
      expect(store.isNew).toBe(false);
      const [sandbox] = store.collection('sandboxes').values();
      expect(sandbox).toMatchObject({
        phase: 'active',
        metadata: { name: 'kept', project: 'renamed' },
        envNames: ['TOKEN'],
        resourceLimits: { cpu: '500m', memory: '64Mi' },
      });
      const [snapshot, ...others] = [...store.collection('snapshots').values()].filter(
        ({ origin }) => origin === 'local',
      );
      expect(others).toEqual([]);
      expect(snapshot).toMatchObject({
        sandboxId: sandbox?.id,
        state: 'Ready',
        name: 'before the upgrade',
        notes: 'a note of the first format',
        pinned: true,
      });
      expect(store.collection('activity').size).toBe(3 + start);
      await store.collection('activity').put({
        id: 'act_of_this_version',
        at: '2026-11-26T12:00:00.000Z',
        severity: 'info',
        cause: 'api',
        kind: 'test',
        message: 'Written by this version.',
      });
      await store.close();
    }
  });

  it('has labels from which the same can be rebuilt', async () => {
    const sandbox = readLabels(await labelsOf(format, 'sandbox-labels.json'));
    expect(sandbox).toMatchObject({
      kind: 'sandbox',
      story: { metadata: { name: 'kept', project: 'upgrade' }, envNames: ['TOKEN'], network: 'bridge' },
    });
    const snapshot = readLabels(await labelsOf(format, 'snapshot-labels.json'));
    expect(snapshot?.kind).toBe('snapshot');
    expect(readStory(snapshot?.kind === 'snapshot' ? snapshot.story : {})).toMatchObject({
      sandboxId: sandbox?.id,
      name: 'before the upgrade',
      sandboxName: 'kept',
      restoreDefaults: { entrypoint: ['tail', '-f', '/dev/null'], envNames: ['TOKEN'] },
    });
  });
});
