import { createBackend } from './backend/create-backend';
import { parseOptions, type OptionsOutcome } from './backend/options';
import { readyText } from './backend/ready-line';
import { AppError } from './errors';

/** The headless server from its command line on; resolves when it is ready, or will not be. */
export async function runServer(): Promise<void> {
  const outcome = parseOptions(process.argv.slice(2), process.env);
  if (outcome.kind === 'run') {
    await run(outcome);
  } else {
    (outcome.exitCode === 0 ? process.stdout : process.stderr).write(`${outcome.text}\n`);
    process.exitCode = outcome.exitCode;
  }
}

async function run({ config, json }: Extract<OptionsOutcome, { kind: 'run' }>): Promise<void> {
  try {
    const backend = await createBackend(config);
    let closing: Promise<void> | undefined;
    const stop = () => {
      closing ??= backend.close().then(() => process.exit(0));
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    try {
      await backend.listen();
    } catch (error) {
      await backend.close();
      throw error;
    }
    process.stdout.write(readyText(backend, json));
  } catch (error) {
    // Faults that a person can mend are told in words; anything else deserves its stack.
    if (!(error instanceof AppError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
