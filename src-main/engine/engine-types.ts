/** Facts about containers and images as the product needs them; the engine's own shapes stay in this room. */

export type ContainerPhase = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';

export interface ContainerFacts {
  id: string;
  labels: Record<string, string>;
  phase: ContainerPhase;
  exitCode: number;
  oomKilled: boolean;
  /** Id of the image that it was made from. */
  imageId: string;
  /** Where on the engine's machine that is kept which the container itself wrote; told by overlayfs drivers alone. */
  writtenLayerPath?: string;
  startedAt?: string;
  finishedAt?: string;
}

/** What the engine says of a container, undefined when there is none; or what it may say once it speaks of it again. */
export type Inspection =
  { facts: ContainerFacts | undefined } | { late: Promise<ContainerFacts | undefined> };

/** What a list of containers tells of each. */
export interface ListedContainer {
  id: string;
  name: string;
  labels: Record<string, string>;
  phase: ContainerPhase;
  /** The container in whose network this one is, where that is not its own. */
  networkContainerId?: string;
}

/** What every process of a container starts with; fixed when the container is made. */
export interface ContainerSettings {
  /** `NAME=value` */
  env: string[];
  /** As the image names it: `name`, `uid`, `name:group`; empty for root. */
  user: string;
  /** Empty for `/`. */
  workingDir: string;
  hostname: string;
}

/** The configuration inside an image (OCI image-spec, `config`), as the engine reports it. */
export interface ImageConfig {
  Env?: string[] | null;
  Cmd?: string[] | null;
  Entrypoint?: string[] | null;
  WorkingDir?: string;
  User?: string;
  ExposedPorts?: Record<string, object> | null;
  Volumes?: Record<string, object> | null;
  Labels?: Record<string, string> | null;
  Healthcheck?: object;
  StopSignal?: string;
  OnBuild?: string[] | null;
  Shell?: string[] | null;
}

export interface ImageFacts {
  id: string;
  tags: string[];
  sizeBytes: number;
  createdAt: string;
  architecture: string;
  os: string;
  variant?: string;
  /** Digests of the uncompressed layers, lowest first (`rootfs.diff_ids`). */
  layers: string[];
  config: ImageConfig;
}

export interface ImageSummary {
  id: string;
  tags: string[];
  labels: Record<string, string>;
  sizeBytes: number;
  createdAt: string;
}

export interface HistoryEntry {
  createdAt: string;
  createdBy: string;
  comment: string;
  sizeBytes: number;
}

export interface ContainerSpec {
  name: string;
  image: string;
  /** `os/arch`, if the caller insists. */
  platform?: string;
  /** The whole argument vector; see `containers.ts` for why it is the entrypoint. */
  entrypoint: string[];
  env: string[];
  labels: Record<string, string>;
  /** Billionths of a CPU. */
  nanoCpus?: number;
  memoryBytes?: number;
  /** Number of GPUs, or -1 for all. */
  gpus?: number;
  /** A network of its own with a way out or without, or that of a running container. */
  network: 'bridge' | 'none' | { containerId: string };
  mounts: MountSpec[];
}

export interface MountSpec {
  type: 'bind' | 'volume';
  source: string;
  target: string;
  readOnly: boolean;
  /** Only for volumes. */
  subPath?: string;
}

/** A volume in a list. */
export interface ListedVolume {
  name: string;
  labels: Record<string, string>;
}

export interface VolumeFacts {
  name: string;
  driver: string;
  mountpoint: string;
}

export interface EngineInfo {
  id: string;
  name: string;
  version: string;
  apiVersion: string;
  /** Of its machine, such as `amd64`. */
  architecture: string;
  /** CPUs of its machine, where it says so. */
  cpus?: number;
  /** Memory of its machine, where it says so. */
  memoryBytes?: number;
}

/** One event of the engine, reduced to what handlers need: they reread state, so the order of fields is moot. */
export interface EngineEvent {
  type: 'container' | 'image' | 'volume' | 'network' | 'other';
  action: string;
  id: string;
  attributes: Record<string, string>;
  /** Nanoseconds of the engine's clock. */
  timeNano: number;
}

export interface PullProgress {
  doneBytes: number;
  totalBytes: number;
}

/** What opens a registry (Docker API, `X-Registry-Auth`): a name with a password, or a token in their place. */
export type RegistryAuth = { username: string; password: string } | { identitytoken: string };

export interface LogOptions {
  tail: number;
  /** Nothing older. */
  since?: Date;
  follow: boolean;
  signal: AbortSignal;
  /** Told once the engine has begun to answer; the first line of a silent sandbox may take for ever. */
  opened?: () => void;
}
