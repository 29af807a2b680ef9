import type { ContainerPhase } from '../engine/engine-types';
import { SILENT_MESSAGE } from '../engine/silence-watch';
import { assertNever } from '../errors';
import type { SandboxRecord } from '../store/records';

/** What the engine last said about a sandbox's container. */
export interface ContainerState {
  containerId: string;
  /** `silent`: the engine says nothing of this container, whatever else it answers. */
  phase: ContainerPhase | 'silent';
  exitCode: number;
  oomKilled: boolean;
  /** When this state was first seen or, where the engine says so, began. */
  since: string;
}

export interface SandboxStatus {
  state: string;
  reason: string;
  message: string;
  lastTransitionAt: string;
}

/** The status right after a create was answered with Running (CONTRACT.md 2.3, first row). */
export const STARTED_MESSAGE = 'Sandbox container started successfully.';

/**
 * State, reason and message of a sandbox (CONTRACT.md 2.3).
 * @param frozenByUs a capture or a roll back freezes the container now; that is not the sandbox's pause.
 */
export function sandboxStatus(
  record: SandboxRecord,
  container: ContainerState | undefined,
  frozenByUs: boolean,
): SandboxStatus {
  switch (record.phase) {
    case 'creating':
      return status(
        'Pending',
        'CONTAINER_STARTING',
        'Sandbox container is starting.',
        record.lastTransitionAt,
      );
    case 'failed':
      return status(
        'Failed',
        record.failure?.reason ?? 'PROVISIONING_ERROR',
        record.failure?.message ?? 'The sandbox could not be provisioned.',
        record.lastTransitionAt,
      );
    case 'deleting':
      return status('Stopping', 'SANDBOX_DELETING', 'Sandbox is being deleted.', record.lastTransitionAt);
    case 'active':
      return activeStatus(record, container, frozenByUs);
    default:
      return assertNever(record.phase);
  }
}

function activeStatus(
  record: SandboxRecord,
  container: ContainerState | undefined,
  frozenByUs: boolean,
): SandboxStatus {
  if (container === undefined) {
    return status(
      'Unknown',
      'CONTAINER_STATE_UNKNOWN',
      'The engine has not told about the container yet.',
      record.lastTransitionAt,
    );
  }
  const since = container.since > record.lastTransitionAt ? container.since : record.lastTransitionAt;
  switch (container.phase) {
    case 'running':
      return status('Running', 'CONTAINER_RUNNING', 'Sandbox container is running.', since);
    case 'paused':
      return frozenByUs && !record.pausedByUser
        ? status('Running', 'CONTAINER_RUNNING', 'Sandbox container is running.', record.lastTransitionAt)
        : status('Paused', 'CONTAINER_PAUSED', 'Sandbox container is paused.', since);
    case 'restarting':
      return status('Running', 'CONTAINER_RESTARTING', 'Sandbox container is restarting.', since);
    case 'created':
      return status('Pending', 'CONTAINER_STARTING', 'Sandbox container is starting.', since);
    case 'exited':
      return exitedStatus(container, since);
    case 'silent':
      return status('Unknown', 'CONTAINER_STATE_UNKNOWN', SILENT_MESSAGE, since);
    case 'removing':
    case 'dead':
      return status('Unknown', 'CONTAINER_STATE_UNKNOWN', `Sandbox container is ${container.phase}.`, since);
    default:
      return assertNever(container.phase);
  }
}

function exitedStatus(container: ContainerState, since: string): SandboxStatus {
  if (container.exitCode === 0) {
    return status('Terminated', 'CONTAINER_EXITED', 'Sandbox container exited successfully.', since);
  }
  const outOfMemory = container.oomKilled ? ' It ran out of memory; raise resourceLimits.memory.' : '';
  return status(
    'Failed',
    'CONTAINER_EXITED_ERROR',
    `Sandbox container exited with code ${container.exitCode}.${outOfMemory}`,
    since,
  );
}

function status(state: string, reason: string, message: string, lastTransitionAt: string): SandboxStatus {
  return { state, reason, message, lastTransitionAt };
}
