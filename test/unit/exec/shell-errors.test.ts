import { expect, it } from 'vitest';
import { startFailed } from '../../../src-main/exec/shell-errors';

it.each([
  'OCI runtime exec failed: exec failed: cannot exec in a stopped container: unknown',
  'cannot exec in a deleted state: unknown',
  'task c67889dbde2da79a09d2d05400eda176 not found: not found',
  'No such exec instance: b66053f829fcd1b9c81cc2a7140cc171041581b04b0cabe2bb4ebab1e056912e',
  'OCI runtime exec failed: exec failed: unable to start container process: error executing setns process: exit status 1: unknown',
  'OCI runtime exec failed: exec failed: unable to start container process: read init-p: connection reset by peer: unknown',
])('calls a sandbox that goes while a command starts not running: %s', (words) => {
  expect(startFailed(words)).toMatchObject({ status: 503, code: 'DOCKER::SANDBOX_NOT_RUNNING' });
});
