import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { ensureBaseImages } from './docker';
import { waitFor } from './wait-for';

const START_DEADLINE_MS = 30_000;
/** The command of a sandbox that ends at once when the engine stops it, so that stopping the engine takes no 10 s. */
export const OBEDIENT = ['sh', '-c', 'trap "exit 0" TERM; sleep 100000 & wait'];

/**
 * A Docker engine of a test's own, which it may stop and kill. It lives in a network namespace of its own: engines
 * on one machine would otherwise share, and take from each other, the bridge `docker0` and the packet filter. Needs
 * root and Linux.
 */
export interface PrivateEngine {
  docker: Docker;
  /** For the server under test: this process's own with `DOCKER_HOST` changed. */
  environment: NodeJS.ProcessEnv;
  /** Ends the engine and waits until it is gone. With SIGKILL its containers go on without it. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  start(): Promise<void>;
  /** Stops its process without ending it: it keeps its connections and answers nothing. */
  freeze(): void;
  thaw(): void;
  /** Ends it and removes whatever it kept. */
  destroy(): Promise<void>;
}

/** @param prepare sees to the folder of the engine's data before that starts, such as by mounting something there */
export async function startPrivateEngine(
  prepare: (dataRoot: string) => Promise<void> = () => Promise.resolve(),
): Promise<PrivateEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'opensandbox-engine-'));
  await prepare(join(folder, 'data'));
  const socket = join(folder, 'sock');
  const docker = new Docker({ socketPath: socket });
  let daemon: ChildProcess | undefined;

  const engine: PrivateEngine = {
    docker,
    environment: { ...process.env, DOCKER_HOST: `unix://${socket}`, DOCKER_CONTEXT: undefined },
    async start() {
      // Its containerd dies with a killed engine, but in a container without an init nobody clears the process away,
      // and the next engine would take the file's word that it runs.
      await rm(join(folder, 'exec/containerd/containerd.pid'), { force: true });
      const started = spawn('unshare', ['--net', 'dockerd', ...daemonArguments(folder, socket)], {
        stdio: 'ignore',
      });
      daemon = started;
      await waitFor(
        'the private engine to answer',
        async () => {
          if (started.exitCode !== null) throw new Error(`dockerd ended with ${started.exitCode}.`);
          return docker.ping().then(
            () => true,
            () => undefined,
          );
        },
        START_DEADLINE_MS,
      );
    },
    async stop(signal) {
      if (daemon?.exitCode !== null || daemon.signalCode !== null) return;
      const ended = once(daemon, 'exit');
      daemon.kill(signal);
      await ended;
    },
    freeze: () => daemon?.kill('SIGSTOP'),
    thaw: () => daemon?.kill('SIGCONT'),
    async destroy() {
      // A running engine stops its containers; a killed one has to be asked once more.
      if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null)
        await engine.start();
      for (const each of await docker.listContainers({ all: true }))
        await docker.getContainer(each.Id).remove({ force: true });
      await engine.stop('SIGTERM');
      await killShims(folder);
      await removeFolder(folder);
    },
  };
  await engine.start();
  await ensureBaseImages(docker);
  return engine;
}

function daemonArguments(folder: string, socket: string): string[] {
  return [
    ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
    ...['--pidfile', join(folder, 'pid'), '--host', `unix://${socket}`],
    '--log-level=error',
  ];
}

/** A killed engine forgets of some containers that a process waits beside them. */
async function killShims(folder: string): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (!command.includes('containerd-shim') || !command.includes(`${folder}/`)) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/** Some engines mount their own folder on itself and leave that behind. */
async function removeFolder(folder: string): Promise<void> {
  await promisify(execFile)('umount', ['--recursive', join(folder, 'data')]).catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
}
