import { describe, expect, it } from 'vitest';
import { Changes } from '../../../../src-main/activity/changes';
import { AppError } from '../../../../src-main/errors';
import type { ExecOpening } from '../../../../src-main/exec/exec-opening';
import type { CommandRunner } from '../../../../src-main/exec/exec-types';
import { FileService } from '../../../../src-main/exec/files/file-service';
import type { SpoolFolder } from '../../../../src-main/exec/files/spool';
import type { SandboxRegistry } from '../../../../src-main/sandboxes/sandbox-registry';

/** What Docker answers to an archive whose container it removes at that moment. */
const ENGINE_WORDS = 'error processing tar file: Error after fallback to chroot: no such file or directory';
const gone = new AppError(404, 'DOCKER::SANDBOX_NOT_FOUND', 'There is no sandbox sbx_1.');

/**
 * Files of a sandbox without a shell, whose engine fails every archive.
 * @param containers what the sandbox is, from one look to the next; undefined once it is gone
 */
function filesOf(...containers: [string, string | undefined]): FileService {
  const stat = () => Promise.reject(new AppError(500, 'RUNTIME_ERROR', ENGINE_WORDS));
  const opening = {
    target: () => {
      const containerId = containers.shift();
      if (containerId === undefined) throw gone;
      return { sandboxId: 'sbx_1', containerId, engine: { archives: { stat } } };
    },
    whileAwake: (_id: string, work: () => Promise<unknown>) => work(),
    throughFreezes: (_target: unknown, work: () => Promise<unknown>) => work(),
  };
  const runner = { runHelper: () => Promise.reject(new AppError(501, 'NOT_SUPPORTED', 'no shell')) };
  return new FileService({
    // Nothing else of these is used on the way through archives.
    opening: opening as unknown as ExecOpening,
    runner: runner as unknown as CommandRunner,
    registry: {} as unknown as SandboxRegistry,
    spool: {} as unknown as SpoolFolder,
    changes: new Changes(),
  });
}

describe('archives that the engine fails', () => {
  it.each([
    ['that is gone then', [undefined, gone]],
    ['that was rolled back meanwhile', ['new', { status: 503, code: 'DOCKER::SANDBOX_NOT_RUNNING' }]],
    ['that is as it was', ['old', { status: 500, message: ENGINE_WORDS }]],
  ] as const)('of a sandbox %s say what became of that', async (_what, [after, error]) => {
    await expect(filesOf('old', after).removeFile('sbx_1', '/note')).rejects.toMatchObject(error);
  });
});
