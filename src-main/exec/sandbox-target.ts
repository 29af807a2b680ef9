import type { DockerEngine } from '../engine/docker-engine';
import type { EngineMonitor } from '../engine/engine-monitor';
import { AppError } from '../errors';
import type { SandboxRegistry } from '../sandboxes/sandbox-registry';

/** Where to run something: a running container on a connected engine. */
export interface SandboxTarget {
  sandboxId: string;
  engine: DockerEngine;
  containerId: string;
}

const ENDED = 'Create a new one if it has ended.';
/** What to do about a sandbox that does not run; in other states the status itself says it. */
const ADVICE: Readonly<Record<string, string>> = {
  Paused: 'Resume it first.',
  Pending: ENDED,
  Failed: ENDED,
  Stopping: ENDED,
  Terminated: ENDED,
};

/**
 * The container of a Running sandbox, from cached state alone.
 * @throws AppError 404 for an unknown sandbox, 503 `DOCKER::SANDBOX_NOT_RUNNING` in any other state
 */
export function requireRunning(
  registry: SandboxRegistry,
  engines: EngineMonitor,
  sandboxId: string,
): SandboxTarget {
  const record = registry.records.get(sandboxId);
  if (record === undefined) {
    throw new AppError(
      404,
      'DOCKER::SANDBOX_NOT_FOUND',
      `There is no sandbox ${sandboxId}. It may have expired or been deleted.`,
    );
  }
  const { state, message } = registry.status(record);
  if (state !== 'Running' || record.containerId === undefined) {
    throw new AppError(
      503,
      'DOCKER::SANDBOX_NOT_RUNNING',
      `Sandbox ${sandboxId} is ${state}, not Running. ${ADVICE[state] ?? message}`,
    );
  }
  return { sandboxId, engine: engines.require(), containerId: record.containerId };
}
