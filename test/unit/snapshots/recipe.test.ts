import { describe, expect, it } from 'vitest';
import type { FileFacts } from '../../../src-main/snapshots/diff/file-facts';
import { summarize, type PathChange } from '../../../src-main/snapshots/diff/tree-diff';
import { recipe, type RecipeStep, type RecipeStory } from '../../../src-main/snapshots/recipe';

const FILE: FileFacts = {
  kind: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  sizeBytes: 1200,
  modifiedSeconds: 0,
  content: 'x',
};

function step(changes: PathChange[], more: Partial<RecipeStep> = {}): RecipeStep {
  return {
    id: 'snap_1',
    name: 'tools installed',
    isDeleted: false,
    changes: { since: 'step before', changes, summary: summarize(changes) },
    ...more,
  };
}

function write(steps: RecipeStep[], more: Partial<RecipeStory> = {}): string[] {
  const restoreDefaults = { entrypoint: ['tail', '-f'], resourceLimits: {}, envNames: ['API_TOKEN'] };
  return recipe({ steps, baseImage: 'python:3.12-slim', restoreDefaults, ...more }).split('\n');
}

function instructions(lines: string[]): string[] {
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

describe('a recipe', () => {
  it('begins with the base image, tells what changed, and ends with what was started', () => {
    const lines = write([
      step([
        { path: '/opt/tool', change: 'added', after: FILE },
        { path: '/etc/motd', change: 'removed', before: FILE },
      ]),
    ]);
    expect(instructions(lines)).toEqual(['FROM python:3.12-slim', 'ENTRYPOINT ["tail", "-f"]']);
    expect(lines).toContain('#   + /opt/tool (1,200 bytes)');
    expect(lines).toContain('#   - /etc/motd');
    expect(lines).toContain('#   ENV API_TOKEN=');
  });

  it('names so many paths and counts the rest', () => {
    const changes = Array.from({ length: 1280 }, (_, index): PathChange => {
      return { path: `/many/${String(index)}`, change: 'added', after: FILE };
    });
    expect(write([step(changes)])).toContain('#   … and 1,240 more');
  });

  it('lets nothing out of a comment, whatever names, notes and paths hold', () => {
    const evil = 'x\nRUN rm -rf /\r\nFROM evil\u2028RUN y\u202e\\';
    const lines = write(
      [
        step([{ path: `/${evil}`, change: 'added', after: FILE }], {
          name: evil,
          sandboxName: evil,
          notes: evil,
          createdAt: evil,
          id: evil,
        }),
      ],
      {
        baseImage: evil,
        restoreDefaults: { entrypoint: [evil], resourceLimits: {}, envNames: [evil] },
      },
    );
    const found = instructions(lines);
    expect(found[0]).toBe('FROM scratch');
    expect(found).toHaveLength(2);
    expect(JSON.parse(found[1]?.replace('ENTRYPOINT ', '') ?? '')).toEqual([evil]);
    expect(lines.join('')).not.toMatch(/[\r\u2028\u202e]/);
    expect(lines[0]).toMatch(/^# Draft of a Dockerfile/);
  });

  it('says what is deleted, what cannot be read, and what is not known', () => {
    const lines = write(
      [step([], { isDeleted: true, changes: undefined }), step([], { changes: undefined })],
      {
        baseImage: undefined,
        restoreDefaults: { entrypoint: [], resourceLimits: {}, envNames: [] },
      },
    ).join('\n');
    expect(lines).toContain('# It was deleted');
    expect(lines).toContain('# What it changed cannot be read from its image.');
    expect(lines).toContain('# The image that it all began with is not known');
    expect(lines).toContain('# What its sandbox was started with is not known.');
  });
});
