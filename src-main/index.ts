import { resolve } from 'node:path';
import { app } from 'electron';
import { parseOptions } from './backend/options';
import { readyText } from './backend/ready-line';
import { desktopArguments } from './desktop/desktop-arguments';
import { startDesktop } from './desktop/start-desktop';
import { messageOf } from './errors';

const outcome = parseOptions(desktopArguments(process.argv, app.isPackaged), process.env);
if (outcome.kind !== 'run') {
  end(outcome.text, outcome.exitCode);
} else {
  // Not awaited: Electron gets ready only after this module was evaluated, so awaiting readiness here never ends.
  run(outcome).catch((error: unknown) => {
    end(`OpenSandbox Desktop could not start: ${messageOf(error)}`, 1);
  });
}

async function run({ config, open, json }: Extract<typeof outcome, { kind: 'run' }>): Promise<void> {
  const isFirst = await startDesktop({
    dataDir: config.dataDir,
    openWindow: open,
    args: process.argv,
    preloadFile: resolve(import.meta.dirname, '../preload/index.cjs'),
    resourcesDir: resolve(import.meta.dirname, '../../resources'),
    // Loaded late, so that the window does not wait for engine and server code to be read.
    createBackend: async () => (await import('./backend/create-backend')).createBackend(config),
    announce: (backend) => {
      process.stdout.write(readyText(backend, json));
    },
    log: (message) => {
      process.stderr.write(`${message}\n`);
    },
  });
  if (!isFirst) app.exit(0);
}

/** Help and version are answers, a usage error is a fault. */
function end(text: string, exitCode: number): void {
  (exitCode === 0 ? process.stdout : process.stderr).write(`${text}\n`);
  app.exit(exitCode);
}
