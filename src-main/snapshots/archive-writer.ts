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
import { readImageArchive, type ArchiveImage, type ArchiveLayer } from './archive-reader';
import { readableOf } from '../engine/tar-streams';

export interface ArchiveDescription {
  /** `repo:tag` that engines give the image when they load it. */
  imageName: string;
  /** Kept in the archive beside what the labels of the image say. */
  record: object;
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
  const image = await readImageArchive(saved, out, (name) => name);
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
