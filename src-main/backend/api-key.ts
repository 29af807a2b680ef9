import { join } from 'node:path';
import { AppError } from '../errors';
import { loadSecretFile, replaceSecretFile } from './secret-file';

const KEY_FILE = 'api-key';

export interface ApiKey {
  key: string;
  /** Absent when the key came from the environment. */
  file: string | undefined;
}

/** The key given by the environment, else the one in the data folder, made at first start. */
export async function loadApiKey(dataDir: string, given: string | undefined): Promise<ApiKey> {
  if (given !== undefined) return { key: given, file: undefined };
  const file = join(dataDir, KEY_FILE);
  return { key: await loadSecretFile(file), file };
}

/**
 * Makes a new key and writes it where the old one was.
 * @throws AppError 409 `SERVER::KEY_FROM_ENVIRONMENT` when the key was given by the environment
 */
export async function rotateApiKey({ file }: ApiKey): Promise<string> {
  if (file === undefined) {
    throw new AppError(
      409,
      'SERVER::KEY_FROM_ENVIRONMENT',
      'The key was given by OPEN_SANDBOX_API_KEY. Change it there and start the server again.',
    );
  }
  return replaceSecretFile(file);
}
