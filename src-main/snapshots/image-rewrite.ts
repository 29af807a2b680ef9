import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';
import type { DockerEngine } from '../engine/docker-engine';
import type { HistoryEntry, ImageConfig, ImageFacts } from '../engine/engine-types';
import { AppError } from '../errors';
import { eachEntry, readableOf, type TarEntry } from '../engine/tar-streams';

/**
 * Gives an image another configuration and a name without touching its layers. The engine has no call for that, but
 * it loads an archive whose layers it already has from the configuration alone, in the time of one small call. An
 * engine that insists on the layers (the containerd image store) gets them streamed through, with flat memory.
 * The original image stays; removing it is the caller's business.
 * @param name `repo:tag` for the new image.
 * @throws AppError when the engine loads neither form.
 */
export async function rewriteImage(
  engine: DockerEngine,
  image: ImageFacts,
  config: ImageConfig,
  name: string,
): Promise<ImageFacts> {
  const blob = configBlob(image, config, await engine.images.history(image.id));
  try {
    await engine.images.load(archiveOfConfig(blob, image.layers, name));
    const made = await engine.images.inspect(name);
    if (made !== undefined && made.layers.length === image.layers.length) return made;
  } catch (error) {
    if (!(error instanceof AppError) || error.status === 503) throw error;
  }
  return rewriteThroughSave(engine, image, blob, name);
}

/** The slow, general form of {@link rewriteImage}: the whole image goes out of the engine and in again. */
export async function rewriteThroughSave(
  engine: DockerEngine,
  image: ImageFacts,
  blob: ConfigBlob,
  name: string,
): Promise<ImageFacts> {
  const out = tar.pack();
  const saved = await engine.filesystems.saveImages([image.id]);
  const rewriting = replaceConfig(saved, out, blob, name).catch((error: unknown) => {
    out.destroy();
    throw error;
  });
  await Promise.all([engine.images.load(readableOf(out)), rewriting]);
  const made = await engine.images.inspect(name);
  if (made !== undefined) return made;
  throw new AppError(
    500,
    'SNAPSHOT::CAPTURE_FAILED',
    'The engine loaded the snapshot image but does not show it.',
  );
}

export interface ConfigBlob {
  fileName: string;
  content: Buffer;
}

/** The OCI image configuration (image-spec, config.md) with its digest as file name. */
export function configBlob(image: ImageFacts, config: ImageConfig, history: HistoryEntry[]): ConfigBlob {
  const content = Buffer.from(
    JSON.stringify({
      architecture: image.architecture,
      os: image.os,
      ...(image.variant === undefined ? {} : { variant: image.variant }),
      created: new Date().toISOString(),
      config,
      rootfs: { type: 'layers', diff_ids: image.layers },
      ...historyOf(image.layers.length, history),
    }),
  );
  return { fileName: `${createHash('sha256').update(content).digest('hex')}.json`, content };
}

/**
 * The engine does not say which entries made no layer. History is optional in the specification, so it is kept only
 * where it can be told: every entry a layer, or as many entries with bytes as there are layers.
 */
function historyOf(layers: number, newestFirst: HistoryEntry[]): { history?: object[] } {
  const oldestFirst = [...newestFirst].reverse();
  const withBytes = oldestFirst.filter((entry) => entry.sizeBytes > 0).length;
  if (oldestFirst.length !== layers && withBytes !== layers) return {};
  const allAreLayers = oldestFirst.length === layers;
  return {
    history: oldestFirst.map((entry) => ({
      created: entry.createdAt,
      created_by: entry.createdBy,
      ...(entry.comment === '' ? {} : { comment: entry.comment }),
      ...(allAreLayers || entry.sizeBytes > 0 ? {} : { empty_layer: true }),
    })),
  };
}

function archiveOfConfig(blob: ConfigBlob, layers: readonly string[], name: string): Readable {
  const pack = tar.pack();
  const layerFiles = layers.map((digest) => `${digest.replace('sha256:', '')}/layer.tar`);
  pack.entry({ name: blob.fileName }, blob.content);
  pack.entry({ name: 'manifest.json' }, manifest(blob, layerFiles, name));
  pack.finalize();
  return readableOf(pack);
}

function manifest(blob: ConfigBlob, layerFiles: readonly string[], name: string): string {
  return JSON.stringify([{ Config: blob.fileName, RepoTags: [name], Layers: layerFiles }]);
}

/** Passes layers on as they come and puts our configuration and manifest in the place of the saved ones. */
async function replaceConfig(
  saved: NodeJS.ReadableStream,
  out: tar.Pack,
  blob: ConfigBlob,
  name: string,
): Promise<void> {
  let layerFiles: string[] = [];
  await eachEntry(saved, async (entry) => {
    const fileName = entry.header.name;
    if (fileName === 'manifest.json') layerFiles = readLayerFiles(await textOf(entry));
    else if (isSavedMetadata(fileName)) entry.resume();
    else await pipeline(entry, out.entry(entry.header));
  });
  out.entry({ name: blob.fileName }, blob.content);
  out.entry({ name: 'manifest.json' }, manifest(blob, layerFiles, name));
  out.finalize();
}

/** Files by which the archive would also be readable as what it was before. */
function isSavedMetadata(fileName: string): boolean {
  return fileName === 'index.json' || fileName === 'oci-layout' || fileName === 'repositories';
}

async function textOf(entry: TarEntry): Promise<string> {
  const chunks: Uint8Array[] = [];
  // tar-stream yields buffers; its types leave the chunk open.
  for await (const chunk of entry) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString('utf8');
}

function readLayerFiles(text: string): string[] {
  // The engine's own manifest.json (docker image save): an array with one object per image.
  const [first] = JSON.parse(text) as { Layers?: string[] }[];
  return first?.Layers ?? [];
}
