import { createHash } from 'node:crypto';
import { AppError } from '../errors';

/** The OCI image layout and the older `docker save` layout side by side (OCI image-spec; moby, image/tarexport). */
export const MANIFEST_FILE = 'manifest.json';
export const INDEX_FILE = 'index.json';
export const LAYOUT_FILE = 'oci-layout';
export const LAYOUT_CONTENT = JSON.stringify({ imageLayoutVersion: '1.0.0' });
/** Annotation of the OCI manifest that holds what the labels of the image do not. */
export const RECORD_ANNOTATION = 'io.opensandbox.desktop.record';
export const OCI_TYPES = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

/** What an entry of an image archive may be; anything else makes the archive a foreign one. */
export type ArchivePart = 'layer' | 'blob' | 'json' | 'ignored';

const PARTS: readonly (readonly [RegExp, ArchivePart])[] = [
  [/^(manifest\.json|index\.json|[0-9a-f]{64}\.json)$/, 'json'],
  [/^([0-9a-f]{64}\/layer\.tar|[0-9a-f]{64}\.tar)$/, 'layer'],
  [/^blobs\/sha256\/[0-9a-f]{64}$/, 'blob'],
  // Folders, and files that only engines before 1.10 read.
  [
    /^(oci-layout|repositories|blobs\/?|blobs\/sha256\/?|[0-9a-f]{64}\/?|[0-9a-f]{64}\/(VERSION|json))$/,
    'ignored',
  ],
];

/** @returns undefined for a name that no image archive has, paths that lead out of it included. */
export function archivePart(name: string): ArchivePart | undefined {
  return PARTS.find(([pattern]) => pattern.test(name))?.[1];
}

export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

export function blobPath(digest: string): string {
  return `blobs/sha256/${digest.replace('sha256:', '')}`;
}

export function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

export function describe(mediaType: string, content: Buffer): Descriptor {
  return { mediaType, digest: digestOf(content), size: content.length };
}

/** The archive is cut, or some of its bytes are not what they were. */
export function damaged(detail: string, cause?: unknown): AppError {
  return new AppError(
    400,
    'SNAPSHOT::ARCHIVE_DAMAGED',
    `The archive is incomplete or damaged: ${detail}. Nothing was imported; copy or export it again.`,
    { cause },
  );
}

/** The archive is whole as far as one can tell, but holds no snapshot of this product. */
export function foreign(detail: string): AppError {
  return new AppError(
    400,
    'SNAPSHOT::ARCHIVE_FOREIGN',
    `This is not a snapshot that OpenSandbox Desktop exported: ${detail}. Nothing was imported. Load other images with "docker load"; a root filesystem tar becomes an image by POST /v1/desktop/images/import.`,
  );
}
