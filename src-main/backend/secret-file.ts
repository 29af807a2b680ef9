import { randomBytes } from 'node:crypto';
import { chmod, readFile } from 'node:fs/promises';
import { createDurably, FILE_MODE } from '../store/durable-files';

const SECRET_BYTES = 32;

/** The secret in the file, which only its owner may read; made at first use. */
export async function loadSecretFile(file: string): Promise<string> {
  const existing = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  if (existing.trim() !== '') {
    await chmod(file, FILE_MODE);
    return existing.trim();
  }
  return replaceSecretFile(file);
}

/** Puts a new secret in the place of the old one, which stays whole until the new one is on disk. */
export async function replaceSecretFile(file: string): Promise<string> {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  await createDurably(file, (handle) => handle.writeFile(`${secret}\n`));
  return secret;
}
