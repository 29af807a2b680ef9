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
  const { state } = registry.status(record);
  if (state !== 'Running' || record.containerId === undefined) {
    const next = state === 'Paused' ? 'Resume it first.' : 'Create a new one if it has ended.';
    throw new AppError(
      503,
      'DOCKER::SANDBOX_NOT_RUNNING',
      `Sandbox ${sandboxId} is ${state}, not Running. ${next}`,
    );
  }
  return { sandboxId, engine: engines.require(), containerId: record.containerId };
}
