import type { Readable } from 'node:stream';
import tar, { type Pack } from 'tar-stream';
import {
  INDEX_FILE,
  LAYOUT_CONTENT,
  LAYOUT_FILE,
  MANIFEST_FILE,
  OCI_TYPES,
  RECORD_ANNOTATION,
  blobPath,
  describe,
  type Descriptor,
} from './archive-format';
import { asError } from '../errors';
import { readImageArchive, type ArchiveImage, type ArchiveLayer, type ReplacedLayer } from './archive-reader';
import type { ImageConfig } from '../engine/engine-types';
import { readableOf } from '../engine/tar-streams';
import { configWithout, historyWithout, type LeftOutTexts } from './secrets/left-out-texts';

export interface ArchiveDescription {
  /** `repo:tag` that engines give the image when they load it. */
  imageName: string;
  /** Kept in the archive beside what the labels of the image say. */
  record: object;
  /** Instead of the image's own. */
  config?: ImageConfig;
  /** Layers that are written instead of others. */
  replaced?: ReplacedLayers;
  /** What the configuration is not to have. */
  leftOutTexts?: LeftOutTexts;
}

export interface ReplacedLayers {
  /** By the digest of the layer that each stands in for. */
  layers: ReadonlyMap<string, ReplacedLayer>;
  /** Which layer a file of the engine's archive is. */
  digestOf: (entryName: string) => string | undefined;
}

/**
 * Turns what the engine saves into an archive that is an OCI image layout and one for `docker load` of any age at
 * once. Layers pass through as they come. An engine before 25 does not name them by digest, and a digest is known
 * only when a layer has passed: there the names of the layout are hard links to the layers.
 */
export function exportArchive(saved: Readable, description: ArchiveDescription): Readable {
  const out = tar.pack();
  write(saved, out, description).catch((error: unknown) => {
    saved.destroy();
    out.destroy(asError(error));
  });
  const readable = readableOf(out);
  // Whoever stops reading wants no more of it from the engine.
  readable.once('close', () => saved.destroy());
  return readable;
}

async function write(saved: Readable, out: Pack, description: ArchiveDescription): Promise<void> {
  out.entry({ name: LAYOUT_FILE }, LAYOUT_CONTENT);
  const { replaced } = description;
  const replacementOf = (name: string) => replaced?.layers.get(replaced.digestOf(name) ?? '');
  const read = await readImageArchive(saved, { out, nameOf: (name) => name, replacementOf });
  const image = { ...read, config: configOf(read, description) };
  const linked = new Set<string>();
  for (const { digest, writtenAs } of image.layers) {
    if (linked.has(digest) || writtenAs === blobPath(digest)) continue;
    linked.add(digest);
    out.entry({ name: blobPath(digest), type: 'link', linkname: writtenAs });
  }
  const config = describe(OCI_TYPES.config, image.config);
  const manifest = Buffer.from(JSON.stringify(manifestOf(image, config, description)));
  const described = describe(OCI_TYPES.manifest, manifest);
  out.entry({ name: blobPath(config.digest) }, image.config);
  out.entry({ name: blobPath(described.digest) }, manifest);
  out.entry({ name: INDEX_FILE }, JSON.stringify(indexOf(described, description)));
  out.entry(
    { name: MANIFEST_FILE },
    dockerManifest(blobPath(config.digest), image.layers, description.imageName),
  );
  out.finalize();
}

/**
 * The image's configuration as it is to be, with the digests of what was written. What was to be left out and was not
 * ends the archive: it must not pass for one without it.
 */
function configOf(
  { config, layers }: ArchiveImage,
  { config: wanted, replaced, leftOutTexts }: ArchiveDescription,
): Buffer {
  if (wanted === undefined && replaced === undefined && leftOutTexts === undefined) return config;
  // The reader has parsed it before: it is an object with the members of an OCI configuration.
  const parsed = JSON.parse(config.toString('utf8')) as ParsedConfig;
  const digests = parsed.rootfs.diff_ids.map((digest, at) => {
    const replacement = replaced?.layers.get(digest);
    if (replacement === undefined) return digest;
    if (layers[at]?.digest === replacement.digest) return replacement.digest;
    throw new Error('The engine named a layer otherwise than before, so nothing could be left out of it.');
  });
  const written: ParsedConfig = {
    ...parsed,
    ...(wanted === undefined ? {} : { config: wanted }),
    rootfs: { ...parsed.rootfs, diff_ids: digests },
  };
  return Buffer.from(
    JSON.stringify(leftOutTexts === undefined ? written : withoutTexts(written, leftOutTexts)),
  );
}

interface ParsedConfig {
  config?: ImageConfig;
  history?: Record<string, unknown>[];
  rootfs: { diff_ids: string[] };
  [member: string]: unknown;
}

function withoutTexts(written: ParsedConfig, texts: LeftOutTexts): ParsedConfig {
  const { config, history } = written;
  const without: ParsedConfig = {
    ...written,
    ...(config === undefined ? {} : { config: configWithout(config, texts) }),
    ...(texts.steps.size === 0 ? {} : { history: historyWithout(history ?? [], texts) }),
  };
  // Docker before 25 repeats there what the committed container had; nobody needs it to load the image.
  delete without['container_config'];
  return without;
}

/** The one file by which `docker load` finds its way (moby, image/tarexport). */
export function dockerManifest(config: string, layers: readonly ArchiveLayer[], imageName: string): string {
  const files = layers.map((layer) => layer.writtenAs);
  return JSON.stringify([{ Config: config, RepoTags: [imageName], Layers: files }]);
}

/** What labels do not hold stands in the manifest, because its digest protects it, unlike the index. */
function manifestOf(image: ArchiveImage, config: Descriptor, description: ArchiveDescription): object {
  return {
    schemaVersion: 2,
    mediaType: OCI_TYPES.manifest,
    config,
    layers: image.layers.map((layer) => ({
      mediaType: layer.isCompressed ? `${OCI_TYPES.layer}+gzip` : OCI_TYPES.layer,
      digest: layer.digest,
      size: layer.sizeBytes,
    })),
    annotations: { [RECORD_ANNOTATION]: JSON.stringify(description.record) },
  };
}

function indexOf(manifest: Descriptor, { imageName }: ArchiveDescription): object {
  const annotations = {
    // What containerd names the image by, and what other OCI tools do.
    'io.containerd.image.name': `docker.io/library/${imageName}`,
    'org.opencontainers.image.ref.name': imageName.slice(imageName.lastIndexOf(':') + 1),
  };
  return { schemaVersion: 2, mediaType: OCI_TYPES.index, manifests: [{ ...manifest, annotations }] };
}
