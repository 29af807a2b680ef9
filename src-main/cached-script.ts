import { readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

/** By then the start is over, and whatever it needed has been compiled. */
const SAVE_AFTER_MS = 5_000;
/** Checksums of the script and of the compiled code come first. */
const HEADER_BYTES = 8;

type Wrapper = (
  exports: unknown,
  require: NodeJS.Require,
  module: object,
  file: string,
  folder: string,
) => void;

/**
 * Runs a CommonJS script with the code that an earlier run compiled, which is kept beside it for each version of V8.
 * Without such code, or where it does not fit, the script is compiled as always, and kept for the next run. The script
 * must not `import()`: Node loses the loader of code that was kept.
 * @returns what it exports
 * @throws whatever the script throws, or that it cannot be read
 */
export function loadScript(file: string): unknown {
  const source = readFileSync(file);
  const cacheFile = `${file}.${cachedDataVersionTag().toString(16)}.cache`;
  const cachedData = readCache(cacheFile, source);
  const script = new Script(
    `(function (exports, require, module, __filename, __dirname) {${source.toString()}\n})`,
    {
      filename: file,
      ...(cachedData === undefined ? {} : { cachedData }),
    },
  );
  if (script.cachedDataRejected !== false) {
    setTimeout(() => {
      // Where the folder may not be written, each start compiles anew.
      saveCache(cacheFile, source, script.createCachedData()).catch(() => undefined);
    }, SAVE_AFTER_MS).unref();
  }
  const module = { exports: {} };
  // What the text above is.
  const run = script.runInThisContext() as Wrapper;
  run(module.exports, createRequire(file), module, file, dirname(file));
  return module.exports;
}

/** Undefined when there is none that was made of this source and is whole: V8 itself compares lengths only. */
function readCache(file: string, source: Buffer): Buffer | undefined {
  let kept: Buffer;
  try {
    kept = readFileSync(file);
  } catch {
    // Never saved, or not to be read: both mean to compile.
    return undefined;
  }
  const code = kept.subarray(HEADER_BYTES);
  return headerOf(source, code).equals(kept.subarray(0, HEADER_BYTES)) ? code : undefined;
}

/** Whole or not at all, also when several servers do so at once. */
async function saveCache(file: string, source: Buffer, code: Buffer): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, Buffer.concat([headerOf(source, code), code]));
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function headerOf(source: Buffer, code: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(crc32(source), 0);
  header.writeUInt32LE(crc32(code), 4);
  return header;
}
