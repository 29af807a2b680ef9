import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import tar from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { blobPath, digestOf } from '../../../src-main/snapshots/archive-format';
import { readImageArchive } from '../../../src-main/snapshots/archive-reader';
import { exportArchive } from '../../../src-main/snapshots/archive-writer';

const LOWER = Buffer.alloc(2_048, 'lower ');
const UPPER = Buffer.alloc(3_072, 'secret ');
const CLEAN = Buffer.alloc(1_024, 'clean ');
const IMAGE_NAME = 'opensandbox-snapshots:snap_x';

async function tarOf(files: readonly (readonly [string, Buffer])[]): Promise<Buffer> {
  const pack = tar.pack();
  for (const [name, content] of files) pack.entry({ name }, content);
  pack.finalize();
  return buffer(pack);
}

/** As engines save an image: by what they call the file of a layer, and how it lies there. */
const LAYOUTS: Record<string, { nameOf: (packed: Buffer) => string; pack: (layer: Buffer) => Buffer }> = {
  'before 25': { nameOf: (packed) => `${digestOf(packed).slice(7)}/layer.tar`, pack: (layer) => layer },
  'from 25 on': { nameOf: (packed) => blobPath(digestOf(packed)), pack: (layer) => layer },
  'with containerd': {
    nameOf: (packed) => blobPath(digestOf(packed)),
    pack: (layer) => gzipSync(layer, { level: 1 }),
  },
};

async function saved(layout: keyof typeof LAYOUTS, layers: readonly Buffer[], more: object = {}) {
  const { nameOf, pack } = LAYOUTS[layout] ?? { nameOf: () => '', pack: (layer: Buffer) => layer };
  const config = Buffer.from(
    JSON.stringify({
      config: { Env: ['A=b'] },
      rootfs: { type: 'layers', diff_ids: layers.map(digestOf) },
      ...more,
    }),
  );
  const packed = layers.map(pack);
  const names = packed.map(nameOf);
  const manifest = [{ Config: `${digestOf(config).slice(7)}.json`, RepoTags: [IMAGE_NAME], Layers: names }];
  const archive = await tarOf([
    ...packed.map((layer, at) => [names[at] ?? '', layer] as const),
    [`${digestOf(config).slice(7)}.json`, config],
    ['manifest.json', Buffer.from(JSON.stringify(manifest))],
  ]);
  return { archive, digests: new Map(names.map((name, at) => [name, digestOf(layers[at] ?? LOWER)])) };
}

const replacement = { digest: digestOf(CLEAN), sizeBytes: CLEAN.length, read: () => Readable.from([CLEAN]) };

describe.each(Object.keys(LAYOUTS))('an archive without what was left out, of an engine %s', (layout) => {
  it('has the new layer in the place of the old one, and is whole', async () => {
    const { archive, digests } = await saved(layout, [LOWER, UPPER]);
    const out = await buffer(
      exportArchive(Readable.from([archive]), {
        imageName: IMAGE_NAME,
        record: {},
        replaced: {
          layers: new Map([[digestOf(UPPER), replacement]]),
          digestOf: (name) => digests.get(name),
        },
      }),
    );
    expect(out.includes('secret')).toBe(false);
    expect(out.includes('clean')).toBe(true);
    const copy = tar.pack();
    copy.resume();
    // Checks names, digests and that layers and configuration belong together.
    const image = await readImageArchive(Readable.from([out]), { out: copy, nameOf: (name) => name });
    const { config, rootfs } = JSON.parse(image.config.toString()) as {
      config: object;
      rootfs: { diff_ids: string[] };
    };
    expect(rootfs.diff_ids).toEqual([digestOf(LOWER), digestOf(CLEAN)]);
    expect(config).toEqual({ Env: ['A=b'] });
  });

  it('has no variable, label or step of the history that was to stay, wherever the configuration repeats it', async () => {
    const Env = ['A=b', 'TOKEN=secret'];
    const { archive } = await saved(layout, [LOWER], {
      config: { Env, Labels: { team: 'kept', token: 'secret' } },
      container_config: { Env, Labels: { token: 'secret' } },
      history: [
        { created: '2026-11-29T12:00:00Z', created_by: 'ADD rootfs' },
        {
          created: '2026-11-29T12:01:00Z',
          created_by: 'ENV TOKEN=secret',
          comment: 'secret',
          empty_layer: true,
        },
      ],
    });
    const out = await buffer(
      exportArchive(Readable.from([archive]), {
        imageName: IMAGE_NAME,
        record: {},
        leftOutTexts: { variables: new Set(['TOKEN']), labels: new Set(['token']), steps: new Set([2]) },
      }),
    );
    expect(out.includes('secret')).toBe(false);
    const copy = tar.pack();
    copy.resume();
    const image = await readImageArchive(Readable.from([out]), { out: copy, nameOf: (name) => name });
    expect(JSON.parse(image.config.toString())).toMatchObject({
      config: { Env: ['A=b'], Labels: { team: 'kept' } },
      history: [{ created_by: 'ADD rootfs' }, { created_by: 'left out', empty_layer: true }],
    });
  });

  it('ends with an error when the history is shorter than it was told to be', async () => {
    const { archive } = await saved(layout, [LOWER]);
    const out = exportArchive(Readable.from([archive]), {
      imageName: IMAGE_NAME,
      record: {},
      leftOutTexts: { variables: new Set(), labels: new Set(), steps: new Set([1]) },
    });
    await expect(buffer(out)).rejects.toThrow(/none could be left out/);
  });

  it('writes two layers that have become the same once', async () => {
    const other = Buffer.alloc(512, 'another secret ');
    const { archive, digests } = await saved(layout, [UPPER, other]);
    const layers = new Map([UPPER, other].map((layer) => [digestOf(layer), replacement]));
    const replaced = { layers, digestOf: (name: string) => digests.get(name) };
    const out = await buffer(
      exportArchive(Readable.from([archive]), { imageName: IMAGE_NAME, record: {}, replaced }),
    );
    const copy = tar.pack();
    copy.resume();
    const image = await readImageArchive(Readable.from([out]), { out: copy, nameOf: (name) => name });
    expect(image.layers.map((layer) => layer.digest)).toEqual([digestOf(CLEAN), digestOf(CLEAN)]);
  });

  it('ends with an error when a layer that should go cannot be told from the others', async () => {
    const { archive } = await saved(layout, [LOWER, UPPER]);
    const layers = new Map([[digestOf(UPPER), replacement]]);
    const out = exportArchive(Readable.from([archive]), {
      imageName: IMAGE_NAME,
      record: {},
      replaced: { layers, digestOf: () => undefined },
    });
    await expect(buffer(out)).rejects.toThrow(/nothing could be left out/);
  });
});
