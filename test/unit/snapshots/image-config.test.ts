import { describe, expect, it } from 'vitest';
import { LABEL_ID, LABEL_RECORD } from '../../../src-main/engine/labels';
import type { ImageConfig, ImageFacts } from '../../../src-main/engine/engine-types';
import { commitWouldLeak, snapshotConfig } from '../../../src-main/snapshots/image-config';
import type { SandboxRecord } from '../../../src-main/store/records';

function image(config: ImageConfig): ImageFacts {
  return {
    id: 'sha256:base',
    tags: [],
    sizeBytes: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    architecture: 'amd64',
    os: 'linux',
    layers: [],
    config,
  };
}

function sandbox(changes: Partial<SandboxRecord> = {}): SandboxRecord {
  return {
    id: 'sbx_1',
    engineId: 'engine',
    phase: 'active',
    source: { kind: 'image', uri: 'base' },
    entrypoint: ['tail', '-f', '/dev/null'],
    metadata: {},
    resourceLimits: {},
    extensions: {},
    envNames: [],
    volumes: [],
    ownedVolumes: [],
    network: 'bridge',
    pausedByUser: false,
    createdAt: '2026-01-01T00:00:00.000Z',
    lastTransitionAt: '2026-01-01T00:00:00.000Z',
    ...changes,
  };
}

describe('snapshotConfig', () => {
  it('says "none" where the base image has nothing, because the engine fills gaps from the container', () => {
    const config = snapshotConfig(image({ Env: null, Cmd: null, Entrypoint: null }), {});
    expect(config).toMatchObject({ Env: [], Cmd: [], Entrypoint: [] });
  });

  it('keeps labels of the base image, but not what they said of an earlier snapshot', () => {
    const base = image({ Labels: { maintainer: 'me', [LABEL_ID]: 'snap_old', [LABEL_RECORD]: '{}' } });
    expect(snapshotConfig(base, { [LABEL_ID]: 'snap_new' }).Labels).toEqual({
      maintainer: 'me',
      [LABEL_ID]: 'snap_new',
    });
  });

  it('keeps whatever else the base image says, known or not', () => {
    const config = { User: '1000', StopSignal: 'SIGINT', Shell: ['/bin/ash'], ArgsEscaped: true };
    expect(snapshotConfig(image(config), {})).toMatchObject(config);
  });
});

describe('commitWouldLeak', () => {
  it('is false only for a sandbox that brought nothing of its own', () => {
    expect(commitWouldLeak(sandbox(), image({}))).toBe(false);
    const own = image({ Entrypoint: ['serve'], Cmd: ['--port', '80'] });
    expect(commitWouldLeak(sandbox({ entrypoint: ['serve', '--port', '80'] }), own)).toBe(false);
  });

  it.each<[string, Partial<SandboxRecord>]>([
    ['environment', { envNames: ['TOKEN'] }],
    ['a command', { entrypoint: ['sh', '-c', 'token=1 serve'] }],
    ['metadata', { metadata: { owner: 'me' } }],
    ['extensions', { extensions: { vendor: 'x' } }],
  ])('is true with %s', (_, changes) => {
    expect(commitWouldLeak(sandbox(changes), image({}))).toBe(true);
  });
});
