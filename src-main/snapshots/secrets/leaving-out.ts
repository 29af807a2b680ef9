import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream';
import type { DockerEngine } from '../../engine/docker-engine';
import type { ImageFacts } from '../../engine/engine-types';
import { TarFilter } from '../../engine/tar-filter';
import { AppError } from '../../errors';
import type { SpoolFolder, Spooled } from '../../exec/files/spool';
import type { ReplacedLayer } from '../archive-reader';
import type { ReplacedLayers } from '../archive-writer';
import { relativePath } from '../diff/layer-indexing';
import type { LayerLibrary } from '../diff/layer-library';
import type { TravellingFacts } from '../labelled-record';
import { pathPattern, type PathTest } from './left-out-paths';
import { countOfTexts, factsWithout, partedByPlace, requireTexts, type LeftOutTexts } from './left-out-texts';

/** A snapshot that is to be handed on. */
export interface HandedOn {
  engine: DockerEngine;
  image: ImageFacts;
  facts: TravellingFacts;
}

/** What somebody wants to keep here, as far as that can be judged without reading a layer. */
export interface LeaveOutWish {
  paths: readonly PathWish[];
  texts: LeftOutTexts;
}

interface PathWish {
  pattern: string;
  isMeant: PathTest;
}

/** What one archive is to lack: layers without some paths, and texts beside them. */
export interface LeftOut extends ReplacedLayers {
  texts: LeftOutTexts;
  /** What travels beside the labels, with how much was left out. */
  facts: TravellingFacts;
  /** Call it when nobody reads them any more. */
  remove(): Promise<void>;
}

/**
 * Judges what is to be left out before anything begins for it: only whether a path is in some layer is not known yet.
 * @param leaveOut paths (see {@link pathPattern}) and texts (see `left-out-texts.ts`)
 * @throws AppError 400 `SNAPSHOT::INVALID_LEAVE_OUT` for what is no path and no text, or for a text that is nowhere
 */
export async function readLeaveOut(
  { engine, image, facts }: HandedOn,
  leaveOut: readonly string[],
): Promise<LeaveOutWish> {
  const { patterns, texts } = partedByPlace(leaveOut);
  const paths = patterns.map((pattern) => ({ pattern, isMeant: pathPattern(pattern) }));
  const steps = texts.steps.size === 0 ? 0 : (await engine.images.history(image.id)).length;
  requireTexts(texts, { config: image.config, steps, facts });
  return { paths, texts };
}

/**
 * Writes layers of images anew without what somebody wants to keep here. The image itself stays as it is; the layers
 * lie in files of this server until the archive is made, because a tar wants to know sizes beforehand.
 */
export class LeavingOut {
  constructor(
    private readonly library: LayerLibrary,
    private readonly spool: SpoolFolder,
  ) {}

  /**
   * What an archive without some paths and texts would lack. Writes nothing.
   * @throws AppError like {@link readLeaveOut} and {@link prepare}
   */
  async preview(
    handedOn: HandedOn,
    leaveOut: readonly string[],
  ): Promise<{ paths: number; layers: number; texts: number }> {
    const { paths: wished, texts } = await readLeaveOut(handedOn, leaveOut);
    const meant = await this.meantIn(handedOn, wished);
    const paths = new Set([...meant.values()].flatMap((each) => [...each]));
    return { paths: paths.size, layers: meant.size, texts: countOfTexts(texts) };
  }

  /**
   * @param wish of {@link readLeaveOut}; its paths concern every layer, the base image's included
   * @param signal ends the reading of layers
   * @returns the layers that lack something; the caller removes them.
   * @throws AppError 400 `SNAPSHOT::INVALID_LEAVE_OUT` for a path that is in no layer
   */
  async prepare(handedOn: HandedOn, wish: LeaveOutWish, signal: AbortSignal): Promise<LeftOut> {
    const { engine, image, facts } = handedOn;
    const { paths: wished, texts } = wish;
    const wanted = await this.meantIn(handedOn, wished);
    const spooled: Spooled[] = [];
    const remove = async (): Promise<void> => {
      // What cannot be removed now goes when the folder is first used again.
      await Promise.allSettled(spooled.map((each) => each.remove()));
    };
    try {
      const layers = new Map<string, ReplacedLayer>();
      const paths = new Set<string>();
      const isMeant: PathTest = (path) => wished.some((each) => each.isMeant(path));
      const read = async (digest: string, tar: NodeJS.ReadableStream) => {
        const meant = wanted.get(digest) ?? new Set();
        // A folder's marks of what is gone are no entries of the index.
        const { file, hash, gone } = await this.without(tar, (path) => meant.has(path) || isMeant(path));
        spooled.push(file);
        if (![...meant].every((path) => gone.has(path))) throw notLeftOut();
        for (const path of gone) paths.add(path);
        layers.set(digest, { digest: hash, sizeBytes: file.size, read: () => file.read() });
      };
      await this.library.readLayers(engine, image, { wanted: wanted.keys(), read, signal });
      return {
        layers,
        digestOf: (name) => this.library.digestOf(name),
        texts,
        facts: {
          ...factsWithout(facts, texts),
          leftOutPaths: paths.size,
          leftOutTexts: countOfTexts(texts),
        },
        remove,
      };
    } catch (error) {
      await remove();
      throw error;
    }
  }

  /** What each layer lacks then, by its digest; layers that lack nothing are not in it. */
  private async meantIn(
    { engine, image }: HandedOn,
    wished: readonly PathWish[],
  ): Promise<Map<string, ReadonlySet<string>>> {
    const tests = wished.map((each) => ({ ...each, isUsed: false }));
    const wanted = new Map<string, ReadonlySet<string>>();
    for (const digest of new Set(image.layers)) {
      const { entries } = await this.library.layerOf(engine, image, digest);
      const meant = new Set<string>();
      for (const test of tests) {
        for (const { path, hardLinkTo = path } of entries) {
          if (!test.isMeant(path)) continue;
          test.isUsed = true;
          meant.add(path).add(hardLinkTo);
        }
      }
      // The content lies with the first name and goes with it; its other names could not be unpacked without it.
      for (const { path, hardLinkTo } of entries)
        if (hardLinkTo !== undefined && meant.has(hardLinkTo)) meant.add(path);
      if (meant.size > 0) wanted.set(digest, meant);
    }
    const unused = tests.find((test) => !test.isUsed);
    if (unused !== undefined) throw nothingThere(unused.pattern);
    return wanted;
  }

  private async without(
    tar: NodeJS.ReadableStream,
    isMeant: PathTest,
  ): Promise<{ file: Spooled; hash: string; gone: ReadonlySet<string> }> {
    const gone = new Set<string>();
    const filter = new TarFilter((entry) => {
      const path = relativePath(entry.path);
      if (!isMeant(path)) return false;
      gone.add(path);
      return true;
    }, true);
    // Whoever reads the filter sees the error.
    pipeline(tar, filter, () => undefined);
    const hash = createHash('sha256');
    const file = await this.spool.collect(hashed(filter, hash));
    return { file, hash: `sha256:${hash.digest('hex')}`, gone };
  }
}

async function* hashed(source: AsyncIterable<unknown>, hash: { update: (bytes: Buffer) => unknown }) {
  for await (const chunk of source) {
    // Only bytes come out of a filter.
    hash.update(chunk as Buffer);
    yield chunk;
  }
}

/** Never with one of the engines that are known; what is promised is looked at all the same. */
function notLeftOut(): AppError {
  return new AppError(
    500,
    'SNAPSHOT::LAYERS_UNREADABLE',
    'A layer does not hold its paths in the form that was read before, so nothing can be left out of it reliably. Delete the files in a sandbox and flatten it by an export of its filesystem.',
  );
}

function nothingThere(pattern: string): AppError {
  return new AppError(
    400,
    'SNAPSHOT::INVALID_LEAVE_OUT',
    `"${pattern}" cannot be left out: no layer of the snapshot has such a path. Check it, or leave it away.`,
  );
}
