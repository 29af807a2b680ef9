import { join } from 'node:path';
import { loadSecretFile } from './secret-file';

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
