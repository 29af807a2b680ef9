import { DEBIAN_IMAGE, ensureDebianImage } from './debian-image';
import { BUSYBOX_IMAGE, connectDocker } from './docker';
import { ExecdClient } from './execd-client';
import { createTestBackend, type TestBackend } from './test-backend';

/** A way in which the same tests must pass: warm shells or plain execs, in a small image or one with bash. */
export interface ExecWay {
  name: string;
  mode: 'warm' | 'plain';
  image: string;
}

/** All ways that this machine can try; Debian is left out, and says why, where it cannot be made. */
export async function execWays(): Promise<ExecWay[]> {
  const missing = await ensureDebianImage(await connectDocker());
  if (missing !== undefined) process.stderr.write(`Not tried in Debian: ${missing}\n`);
  const images = missing === undefined ? [BUSYBOX_IMAGE, DEBIAN_IMAGE] : [BUSYBOX_IMAGE];
  return images.flatMap((image) => [
    { name: `warm in ${image}`, mode: 'warm' as const, image },
    { name: `plain in ${image}`, mode: 'plain' as const, image },
  ]);
}

/** A backend that runs commands in this way, and a sandbox in it. */
export async function createExecSandbox({
  mode,
  image,
}: Pick<ExecWay, 'mode' | 'image'>): Promise<{ test: TestBackend; sandboxId: string; execd: ExecdClient }> {
  const test = await createTestBackend({ environment: { ...process.env, OPENSANDBOX_EXEC: mode } });
  const { id } = await test.createSandbox({
    image: { uri: image },
    env: { GREETING: 'hello', EMPTY: '' },
    resourceLimits: { cpu: '2', memory: '512Mi' },
  });
  return { test, sandboxId: id, execd: await ExecdClient.of(test, id) };
}

/** Processes in the sandbox whose command line is exactly this. */
export async function countProcesses(execd: ExecdClient, command: string): Promise<number> {
  const { stdout } = await execd.run(
    `n=0; for p in /proc/[0-9]*; do [ "$(tr '\\0' ' ' <$p/cmdline 2>/dev/null)" = '${command} ' ] && n=$((n+1)); done; echo $n`,
  );
  return Number(stdout[0]);
}
