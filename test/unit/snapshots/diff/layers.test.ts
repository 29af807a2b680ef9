import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import type { LayerIndex } from '../../../../src-main/snapshots/diff/file-facts';
import {
  applyLayer,
  EMPTY_TREE,
  followedNodeAt,
  nodeAt,
  type TreeNode,
} from '../../../../src-main/snapshots/diff/filesystem-tree';
import { indexTar } from '../../../../src-main/snapshots/diff/layer-indexing';
import { readSavedImages } from '../../../../src-main/snapshots/diff/saved-images';
import { diffTrees } from '../../../../src-main/snapshots/diff/tree-diff';

interface Entry {
  name: string;
  content?: string | Buffer;
  type?: 'file' | 'directory' | 'link' | 'symlink';
  linkname?: string;
  mode?: number;
  uid?: number;
  mtime?: Date;
}

async function tarOf(entries: Entry[]): Promise<Buffer> {
  const out = pack();
  for (const { content = '', ...header } of entries) out.entry(header, content);
  out.finalize();
  return buffer(Readable.from(out));
}

async function indexOf(entries: Entry[], whiteouts = true): Promise<LayerIndex> {
  return indexTar(Readable.from([await tarOf(entries)]), { whiteouts });
}

async function treeOf(...layers: Entry[][]): Promise<TreeNode> {
  let tree = EMPTY_TREE;
  for (const layer of layers) tree = applyLayer(tree, await indexOf(layer));
  return tree;
}

/** Every path of a tree, sorted. */
function paths(node: TreeNode, at = ''): string[] {
  return [...node.children]
    .flatMap(([name, child]) => [`${at}/${name}`, ...paths(child, `${at}/${name}`)])
    .sort();
}

const dir = (name: string): Entry => ({ name, type: 'directory', mode: 0o755 });
const file = (name: string, content = name): Entry => ({ name, content });

describe('a layer over another one', () => {
  it('hides what it marks as gone, and what was below it', async () => {
    const tree = await treeOf(
      [dir('a'), file('a/one'), dir('a/deep'), file('a/deep/two'), file('b')],
      [dir('a'), file('a/.wh.deep', ''), file('.wh.b', ''), file('.wh.never-there', '')],
    );
    expect(paths(tree)).toEqual(['/a', '/a/one']);
  });

  it.each(['first', 'last'])(
    'empties an opaque folder of lower layers only, its mark coming %s',
    async (place) => {
      const mark = file('a/.wh..wh..opq', '');
      const fresh = [dir('a/sub'), file('a/sub/fresh')];
      const upper = place === 'first' ? [dir('a'), mark, ...fresh] : [dir('a'), ...fresh, mark];
      const tree = await treeOf([dir('a'), file('a/old'), dir('a/sub'), file('a/sub/old')], upper);
      expect(paths(tree)).toEqual(['/a', '/a/sub', '/a/sub/fresh']);
    },
  );

  it('brings a path back that it marks as gone itself', async () => {
    const tree = await treeOf([dir('a'), file('a/x')], [file('.wh.a', ''), file('a', 'now a file')]);
    expect(paths(tree)).toEqual(['/a']);
    expect(nodeAt(tree, 'a')?.facts.kind).toBe('file');
  });

  it('turns a folder into a file with all below it gone, and back', async () => {
    const asFile = await treeOf([dir('a'), file('a/x')], [file('a', 'file')]);
    expect(paths(asFile)).toEqual(['/a']);
    const asFolder = applyLayer(asFile, await indexOf([dir('a'), file('a/y')]));
    expect(paths(asFolder)).toEqual(['/a', '/a/y']);
  });

  it('leaves the tree below untouched and shares what it does not change', async () => {
    const below = await treeOf([dir('a'), file('a/x'), dir('b'), file('b/y')]);
    const above = applyLayer(below, await indexOf([dir('a'), file('a/z')]));
    expect(paths(below)).toEqual(['/a', '/a/x', '/b', '/b/y']);
    expect(nodeAt(above, 'b')).toBe(nodeAt(below, 'b'));
  });

  it('gives hard links the facts of their file, also of one in a lower layer', async () => {
    const tree = await treeOf(
      [file('kept', 'content')],
      [
        { ...file('own', 'other'), mode: 0o600 },
        { name: 'hard', type: 'link', linkname: 'own' },
        { name: 'lower', type: 'link', linkname: './kept' },
      ],
    );
    expect(nodeAt(tree, 'hard')?.facts).toMatchObject({ kind: 'file', sizeBytes: 5, mode: 0o600 });
    expect(nodeAt(tree, 'hard')?.facts.content).toBe(nodeAt(tree, 'own')?.facts.content);
    expect(nodeAt(tree, 'lower')?.facts.content).toBe(nodeAt(tree, 'kept')?.facts.content);
  });

  it('knows odd and long names, folders without entry and names that only look like marks', async () => {
    const long = `${'n'.repeat(150)}/${'m'.repeat(150)}`;
    const names = ['line\nbreak', 'Grüße-世界', './dotted', 'no/parent/entry', long];
    const tree = await treeOf(names.map((name) => file(name)));
    for (const name of ['line\nbreak', 'Grüße-世界', 'dotted', 'no/parent/entry', long])
      expect(nodeAt(tree, name)?.facts.kind, name).toBe('file');
    const whole = applyLayer(EMPTY_TREE, await indexOf([file('.wh.mine')], false));
    expect(paths(whole)).toEqual(['/.wh.mine']);
  });
});

describe('following symlinks', () => {
  it('stays inside, whatever they point to, and ends in loops', async () => {
    const link = (name: string, linkname: string): Entry => ({ name, type: 'symlink', linkname });
    const tree = await treeOf([
      dir('real'),
      file('real/f'),
      link('abs', '/real'),
      link('rel', './abs'),
      link('out', '../../../real'),
      link('a', 'b'),
      link('b', 'a'),
      link('gone', 'nowhere'),
    ]);
    for (const name of ['abs', 'rel', 'out']) expect(followedNodeAt(tree, `${name}/f`)?.path).toBe('real/f');
    for (const name of ['a', 'gone']) expect(followedNodeAt(tree, name)).toBeUndefined();
  });
});

describe('the difference of two trees', () => {
  it('names content, mode, owner, target and kind, but not time', async () => {
    const base: Entry[] = [
      file('content', 'one'),
      file('time'),
      { ...file('mode'), mode: 0o644 },
      { ...file('owner'), uid: 0 },
      { name: 'target', type: 'symlink', linkname: 'one' },
      file('kind'),
      file('gone'),
    ];
    const changed: Entry[] = [
      file('content', 'two'),
      { ...file('time'), mtime: new Date(0) },
      { ...file('mode'), mode: 0o755 },
      { ...file('owner'), uid: 7 },
      { name: 'target', type: 'symlink', linkname: 'two' },
      dir('kind'),
      file('kind/in'),
      file('new'),
    ];
    const changes = diffTrees(await treeOf(base), await treeOf(changed));
    expect(changes.map(({ path, change }) => `${change} ${path}`)).toEqual([
      'changed /content',
      'removed /gone',
      'changed /kind',
      'added /kind/in',
      'changed /mode',
      'added /new',
      'changed /owner',
      'changed /target',
    ]);
  });
});

describe('an archive of images', () => {
  const CONFIG = JSON.stringify({ rootfs: { diff_ids: ['sha256:one', 'sha256:two'] } });

  async function read(entries: Entry[], known: string[] = []) {
    const taken = new Map<string, LayerIndex>();
    const layers = await readSavedImages(Readable.from([await tarOf(entries)]), {
      needs: (name) => !known.includes(name),
      take: async (name, tar) => void taken.set(name, await indexTar(tar, { whiteouts: true })),
    });
    return { layers: Object.fromEntries(layers), taken };
  }

  it('is read in the old form, links to a layer of another image included', async () => {
    const manifest = [{ Config: 'c.json', Layers: ['a/layer.tar', 'b/layer.tar'] }];
    const { layers, taken } = await read([
      { name: 'b/layer.tar', type: 'symlink', linkname: '../z/layer.tar' },
      file('z/VERSION', '1.0'),
      { name: 'z/layer.tar', content: await tarOf([file('two')]) },
      { name: 'a/layer.tar', content: await tarOf([file('one')]) },
      file('c.json', CONFIG),
      file('manifest.json', JSON.stringify(manifest)),
    ]);
    expect(layers).toEqual({ 'a/layer.tar': 'sha256:one', 'z/layer.tar': 'sha256:two' });
    expect(taken.get('z/layer.tar')?.entries.map((entry) => entry.path)).toEqual(['two']);
  });

  it('is read in the form of blobs, compressed or not, and known layers are passed over', async () => {
    const blob = 'blobs/sha256';
    const manifest = [{ Config: `${blob}/c`, Layers: [`${blob}/a`, `${blob}/b`] }];
    const entries = [
      { name: `${blob}/a`, content: gzipSync(await tarOf([file('one')])) },
      { name: `${blob}/b`, content: await tarOf([file('two')]) },
      file(`${blob}/c`, CONFIG),
      file('manifest.json', JSON.stringify(manifest)),
      file('index.json', '{}'),
    ];
    const { layers, taken } = await read(entries, [`${blob}/b`]);
    expect(layers).toEqual({ [`${blob}/a`]: 'sha256:one', [`${blob}/b`]: 'sha256:two' });
    expect([...taken.keys()]).toEqual([`${blob}/a`]);
  });

  it('that ends early or tells nothing of layers is an error', async () => {
    await expect(read([file('index.json', '{}')])).rejects.toThrow(/tells nothing about its layers/);
    const whole = await tarOf([file('a/layer.tar', 'x'.repeat(5000))]);
    const cut = readSavedImages(Readable.from([whole.subarray(0, 2000)]), {
      needs: () => false,
      take: () => Promise.resolve(),
    });
    await expect(cut).rejects.toThrow();
  });
});
