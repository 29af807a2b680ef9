/** What a filesystem says about one path; two paths whose facts are equal count as the same file. */
export interface FileFacts {
  kind: FileKind;
  /** Permission, setuid, setgid and sticky bits. */
  mode: number;
  uid: number;
  gid: number;
  /** Bytes of content; 0 for everything but files. */
  sizeBytes: number;
  /** Seconds since 1970. Not part of what makes two files equal. */
  modifiedSeconds: number;
  /** SHA-256 of a file's content, target of a symlink, numbers of a device; empty where there is nothing to tell. */
  content: string;
}

export type FileKind = 'file' | 'directory' | 'symlink' | 'device' | 'pipe' | 'other';

/** One entry of a layer. Paths are relative, without a slash at either end: `etc/passwd`. */
export interface LayerEntry extends FileFacts {
  path: string;
  /** Another name of that path's file; its facts are those of the target. */
  hardLinkTo?: string;
}

/** What one layer does to the filesystem below it (OCI image-spec, layer.md). */
export interface LayerIndex {
  entries: LayerEntry[];
  /** Paths of lower layers that are gone. */
  removed: string[];
  /** Directories whose content of lower layers is gone. */
  opaque: string[];
}

/** Of a directory that no layer describes, or of a root without entry. */
export const IMPLIED_DIRECTORY: FileFacts = {
  kind: 'directory',
  mode: 0o755,
  uid: 0,
  gid: 0,
  sizeBytes: 0,
  modifiedSeconds: 0,
  content: '',
};
