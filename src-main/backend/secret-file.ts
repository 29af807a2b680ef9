import { randomBytes } from 'node:crypto';
import { chmod, open, readFile } from 'node:fs/promises';

const OWNER_ONLY = 0o600;
const SECRET_BYTES = 32;

/** The secret in the file, which only its owner may read; made at first use. */
export async function loadSecretFile(file: string): Promise<string> {
  const existing = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  if (existing.trim() !== '') {
    await chmod(file, OWNER_ONLY);
    return existing.trim();
  }
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const handle = await open(file, 'w', OWNER_ONLY);
  try {
    await handle.writeFile(`${secret}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return secret;
}
