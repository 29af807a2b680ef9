import { expect, it } from 'vitest';
import { startFailed } from '../../../src-main/exec/shell-errors';

it.each([
  'OCI runtime exec failed: exec failed: cannot exec in a stopped container: unknown',
  'task c67889dbde2da79a09d2d05400eda176 not found: not found',
])('calls a sandbox that goes while a command starts not running: %s', (words) => {
  expect(startFailed(words)).toMatchObject({ status: 503, code: 'DOCKER::SANDBOX_NOT_RUNNING' });
});
