/** Where a candidate endpoint was found, in the order of looking. */
export type EngineSource =
  | 'setting'
  | 'DOCKER_HOST'
  | 'DOCKER_CONTEXT'
  | 'current-context'
  | 'context'
  | 'default-socket'
  | 'docker-desktop'
  | 'colima'
  | 'orbstack'
  | 'rancher-desktop'
  | 'podman';

/** One endpoint that was looked at. */
export interface EngineCandidate {
  source: EngineSource;
  /** For people: the context's name, or the product's. */
  name: string;
  /** `unix:///path`, `npipe:////./pipe/name`, `tcp://host:port` or `ssh://…`. */
  endpoint: string;
  outcome: 'chosen' | 'passed-over' | 'not-tried';
  /** Why it was passed over, in words a person can act on. */
  reason?: string;
}

/** What helps a person whose engine was not found, per platform. */
export interface EngineHelp {
  kind: 'not-installed' | 'not-running' | 'no-permission' | 'too-old' | 'hanging' | 'unreachable';
  title: string;
  /** Exact commands to copy, in order. */
  commands: string[];
}

export interface DiscoveryResult {
  candidates: EngineCandidate[];
  chosen?: EngineCandidate;
  /** Present when nothing was chosen. */
  help?: EngineHelp;
}
