import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { HistoryEntry, ImageFacts } from '../../../src-main/engine/engine-types';
import { configBlob } from '../../../src-main/snapshots/image-rewrite';

interface Blob {
  architecture: string;
  variant?: string;
  config: object;
  rootfs: { type: string; diff_ids: string[] };
  history?: { created_by: string; empty_layer?: boolean }[];
}

function image(layers: number, variant?: string): ImageFacts {
  return {
    id: 'sha256:image',
    tags: [],
    sizeBytes: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    architecture: 'arm64',
    os: 'linux',
    layers: Array.from({ length: layers }, (_, index) => `sha256:layer${index}`),
    config: {},
    ...(variant === undefined ? {} : { variant }),
  };
}

/** Newest first, as the engine tells it. */
function history(...sizes: number[]): HistoryEntry[] {
  return sizes
    .map((sizeBytes, index) => ({
      createdAt: '2026-01-01T00:00:00.000Z',
      createdBy: `step ${index}`,
      comment: '',
      sizeBytes,
    }))
    .reverse();
}

function blobOf(facts: ImageFacts, entries: HistoryEntry[]): Blob {
  return JSON.parse(configBlob(facts, { Env: ['A=1'] }, entries).content.toString()) as Blob;
}

describe('configBlob', () => {
  it('is named by the digest of its content, and lists every layer', () => {
    const { fileName, content } = configBlob(image(2), {}, []);
    expect(fileName).toBe(`${createHash('sha256').update(content).digest('hex')}.json`);
    expect((JSON.parse(content.toString()) as Blob).rootfs).toEqual({
      type: 'layers',
      diff_ids: ['sha256:layer0', 'sha256:layer1'],
    });
  });

  it('keeps the platform with its variant', () => {
    expect(blobOf(image(1, 'v8'), [])).toMatchObject({ architecture: 'arm64', variant: 'v8' });
    expect(blobOf(image(1), [])).not.toHaveProperty('variant');
  });

  it('keeps a history whose every entry is a layer, empty ones included', () => {
    const told = blobOf(image(3), history(10, 0, 20)).history;
    expect(told?.map((entry) => entry.created_by)).toEqual(['step 0', 'step 1', 'step 2']);
    expect(told?.some((entry) => entry.empty_layer)).toBe(false);
  });

  it('marks entries without bytes as no layers where the rest are just the layers', () => {
    const told = blobOf(image(2), history(10, 0, 20)).history;
    expect(told?.map((entry) => entry.empty_layer ?? false)).toEqual([false, true, false]);
  });

  it('leaves history out where it cannot be told which entries are layers', () => {
    expect(blobOf(image(2), history(10, 0, 0))).not.toHaveProperty('history');
    expect(blobOf(image(2), [])).not.toHaveProperty('history');
  });
});
