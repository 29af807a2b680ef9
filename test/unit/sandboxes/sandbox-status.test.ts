import { describe, expect, it } from 'vitest';
import { sandboxStatus, type ContainerState } from '../../../src-main/sandboxes/sandbox-status';
import type { SandboxRecord } from '../../../src-main/store/records';

const RECORDED_AT = '2026-01-01T00:00:00.000Z';
const SEEN_AT = '2026-01-01T00:01:00.000Z';

function record(changes: Partial<SandboxRecord> = {}): SandboxRecord {
  return {
    id: 'sbx_1',
    engineId: 'engine',
    phase: 'active',
    containerId: 'c',
    source: { kind: 'image', uri: 'busybox' },
    entrypoint: ['true'],
    metadata: {},
    resourceLimits: {},
    extensions: {},
    envNames: [],
    volumes: [],
    ownedVolumes: [],
    network: 'none',
    pausedByUser: false,
    createdAt: RECORDED_AT,
    lastTransitionAt: RECORDED_AT,
    ...changes,
  };
}

function container(phase: ContainerState['phase'], changes: Partial<ContainerState> = {}): ContainerState {
  return { containerId: 'c', phase, exitCode: 0, oomKilled: false, since: SEEN_AT, ...changes };
}

describe('the state of a container shows as', () => {
  it.each([
    [container('running'), 'Running', 'CONTAINER_RUNNING', 'Sandbox container is running.'],
    [container('restarting'), 'Running', 'CONTAINER_RESTARTING', 'Sandbox container is restarting.'],
    [container('paused'), 'Paused', 'CONTAINER_PAUSED', 'Sandbox container is paused.'],
    [container('created'), 'Pending', 'CONTAINER_STARTING', 'Sandbox container is starting.'],
    [container('exited'), 'Terminated', 'CONTAINER_EXITED', 'Sandbox container exited successfully.'],
    [
      container('exited', { exitCode: 7 }),
      'Failed',
      'CONTAINER_EXITED_ERROR',
      'Sandbox container exited with code 7.',
    ],
    [container('dead'), 'Unknown', 'CONTAINER_STATE_UNKNOWN', 'Sandbox container is dead.'],
    [
      container('silent'),
      'Unknown',
      'CONTAINER_STATE_UNKNOWN',
      'The engine says nothing of the sandbox container, though it answers otherwise. Restart the engine if this lasts.',
    ],
    [container('removing'), 'Unknown', 'CONTAINER_STATE_UNKNOWN', 'Sandbox container is removing.'],
  ])('$phase as %s', (state, expected, reason, message) => {
    expect(sandboxStatus(record(), state, false)).toEqual({
      state: expected,
      reason,
      message,
      lastTransitionAt: SEEN_AT,
    });
  });

  it('out of memory, with what to do', () => {
    const { message } = sandboxStatus(
      record(),
      container('exited', { exitCode: 137, oomKilled: true }),
      false,
    );
    expect(message).toMatch(/code 137\..*resourceLimits\.memory/);
  });

  it('unknown where the engine said nothing yet', () => {
    expect(sandboxStatus(record(), undefined, false).state).toBe('Unknown');
  });
});

describe('a capture', () => {
  it('does not show its freeze, nor move the time of the last transition', () => {
    expect(sandboxStatus(record(), container('paused'), true)).toMatchObject({
      state: 'Running',
      lastTransitionAt: RECORDED_AT,
    });
  });

  it('does not hide a pause that the user asked for', () => {
    expect(sandboxStatus(record({ pausedByUser: true }), container('paused'), true).state).toBe('Paused');
  });
});

describe('a record', () => {
  it.each([
    [record({ phase: 'creating' }), 'Pending', 'CONTAINER_STARTING'],
    [record({ phase: 'deleting' }), 'Stopping', 'SANDBOX_DELETING'],
    [record({ phase: 'failed' }), 'Failed', 'PROVISIONING_ERROR'],
    [record({ phase: 'failed', failure: { reason: 'R', message: 'M' } }), 'Failed', 'R'],
  ])('that is $phase says so whatever the container does', (value, state, reason) => {
    expect(sandboxStatus(value, container('running'), false)).toMatchObject({ state, reason });
  });
});
