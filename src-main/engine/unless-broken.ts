import type { Logger } from 'pino';
import { AppError } from '../errors';
import { isContainerSilent } from './silence-watch';

/**
 * One thing that cannot be brought in step with the engine must not keep the whole engine out of reach: it is logged.
 * @param of which sandbox, snapshot or work it is
 * @throws AppError 503 when it is the engine that does not answer
 */
export async function unlessBroken(
  logger: Logger,
  of: Readonly<Record<string, string>>,
  settle: () => Promise<void>,
): Promise<void> {
  try {
    await settle();
  } catch (error) {
    if (error instanceof AppError && error.status === 503 && !isContainerSilent(error)) throw error;
    logger.error({ error, ...of }, 'this could not be brought in step with the engine');
  }
}
