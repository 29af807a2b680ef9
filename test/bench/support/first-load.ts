import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

const RENDERER = resolve('out/renderer');
const BYTES_PER_KB = 1000;

/** Gzipped size of the scripts that the first page names, in kB; what is loaded later does not count. */
export async function firstLoadScripts(): Promise<number> {
  const page = await readFile(join(RENDERER, 'index.html'), 'utf8');
  const scripts = [...page.matchAll(/(?:src|href)="\/app\/([^"]+\.js)"/g)].map(([, path = '']) => path);
  const sizes = await Promise.all(
    scripts.map(async (path) => gzipSync(await readFile(join(RENDERER, path))).length),
  );
  return sizes.reduce((sum, size) => sum + size, 0) / BYTES_PER_KB;
}
