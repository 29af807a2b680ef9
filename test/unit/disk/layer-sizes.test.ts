import { describe, expect, it } from 'vitest';
import { chainIds, learnLayerSizes } from '../../../src-main/disk/layer-sizes';

const entry = (sizeBytes: number, createdBy = '') => ({
  createdAt: '2026-11-25T00:00:00Z',
  createdBy,
  comment: '',
  sizeBytes,
});

function learn(
  layers: string[],
  sizeBytes: number,
  newestFirst: ReturnType<typeof entry>[],
  known = new Map<string, number>(),
): (number | undefined)[] {
  const chains = chainIds(layers);
  learnLayerSizes({ chains, sizeBytes, history: newestFirst }, known);
  return chains.map((chain) => known.get(chain));
}

describe('sizes of layers', () => {
  it('come from the history where each entry is a layer, also an empty one', () => {
    expect(learn(['a', 'b', 'c'], 12, [entry(2), entry(0), entry(10)])).toEqual([10, 0, 2]);
  });

  it('pass over entries that only set the configuration', () => {
    const history = [
      entry(0, 'CMD ["sh"]'),
      entry(0, 'RUN true'),
      entry(0, '/bin/sh -c #(nop)  ENV A=b'),
      entry(7, '/bin/sh -c #(nop) ADD file:1 in /'),
    ];
    expect(learn(['a', 'b'], 7, history)).toEqual([7, 0]);
  });

  it('come from what other images told where there is no history, and always add up', () => {
    const known = new Map([['a', 10]]);
    expect(learn(['a', 'b'], 13, [], known)).toEqual([10, 3]);
    expect(learn(['x', 'y', 'z'], 9, [])).toEqual([0, 0, 9]);
  });

  it('belong to a layer on top of certain others, not to the layer alone', () => {
    expect(chainIds(['a', 'c'])[1]).not.toBe(chainIds(['b', 'c'])[1]);
  });
});
