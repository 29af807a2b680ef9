import { createHash } from 'node:crypto';
import type { HistoryEntry } from '../engine/engine-types';

/** Instructions that make no layer, as the classic builder and BuildKit write them into the history. */
const NO_LAYER =
  /^(?:\/bin\/sh -c )?#\(nop\)\s+(?!ADD|COPY)|^(?:CMD|ENV|LABEL|EXPOSE|ENTRYPOINT|USER|VOLUME|ARG|STOPSIGNAL|HEALTHCHECK|SHELL|MAINTAINER|ONBUILD)\b/;

/**
 * A layer on top of certain others, which is what an engine keeps once for all images that share it (OCI image-spec,
 * config.md, "Layer ChainID").
 */
export function chainIds(layers: readonly string[]): string[] {
  const chains: string[] = [];
  for (const layer of layers) {
    const below = chains.at(-1);
    chains.push(
      below === undefined
        ? layer
        : `sha256:${createHash('sha256').update(`${below} ${layer}`).digest('hex')}`,
    );
  }
  return chains;
}

/**
 * Learns the sizes of an image's layers in bytes. The engine tells the size of the whole and of each entry of the
 * history, but not which entries made layers; where that cannot be told, what is not known from other images is
 * counted with the topmost layer, so that the sum is right.
 * @param known sizes by chain id; gets the new ones.
 */
export function learnLayerSizes(
  image: { chains: readonly string[]; sizeBytes: number; history: readonly HistoryEntry[] },
  known: Map<string, number>,
): void {
  const told = sizesInHistory(image.history, image.chains.length);
  let left = image.sizeBytes;
  const unknown: string[] = [];
  image.chains.forEach((chain, index) => {
    const size = known.get(chain) ?? told?.[index];
    if (size === undefined) {
      unknown.push(chain);
      return;
    }
    known.set(chain, size);
    left -= size;
  });
  const top = unknown.pop();
  if (top === undefined) return;
  for (const chain of unknown) known.set(chain, 0);
  known.set(top, Math.max(0, left));
}

/** Sizes from the lowest layer up, or undefined when entries and layers cannot be matched. */
function sizesInHistory(newestFirst: readonly HistoryEntry[], layers: number): number[] | undefined {
  const entries = [...newestFirst].reverse();
  for (const candidates of [
    entries,
    entries.filter((entry) => entry.sizeBytes > 0 || !NO_LAYER.test(entry.createdBy)),
    entries.filter((entry) => entry.sizeBytes > 0),
  ]) {
    if (candidates.length === layers) return candidates.map((entry) => entry.sizeBytes);
  }
  return undefined;
}
