import type { SilenceTimes } from '../engine/silence-watch';

/** What the composition root needs to know; made from options and environment by `options.ts`. */
export interface BackendConfig {
  /** Port on the loopback addresses; 0 lets the system choose. */
  port: number;
  /** Folder of the store, the API key and the lock. */
  dataDir: string;
  /** Key given by OPEN_SANDBOX_API_KEY; otherwise one is generated and kept in the data folder. */
  apiKey?: string;
  /** From OPEN_SANDBOX_HOST_VOLUMES: folders that host volumes may lie under. */
  hostVolumeRoots: string[];
  logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug';
  /** Folder of the built renderer, served at `/app/`. */
  rendererDir: string;
  /** DOCKER_HOST, DOCKER_CONTEXT and the folders that discovery looks in. */
  environment: NodeJS.ProcessEnv;
  /** How long the engine may say nothing of one container, where that is not to be the usual time. */
  silenceTimes?: SilenceTimes;
}
