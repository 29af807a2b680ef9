import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createDurably, writeFully } from './durable-files';
import { readStateFile, setAside } from './state-files';

const FILE_NAME = 'instance';
const ID = /^[0-9a-f]{32}$/;

/** The identity of a data folder as it was found. */
export interface FoundInstance {
  id: string;
  /** There was an identity file, damaged or not: this folder had an earlier life. */
  existed: boolean;
  isStored: boolean;
}

/**
 * The identity that labels on containers and images carry. When its file is lost it is derived from the machine
 * and the folder's place, so that a folder that was deleted and made again owns its containers again.
 */
export async function findInstance(folder: string): Promise<FoundInstance> {
  const content = await readStateFile(join(folder, FILE_NAME));
  const stored = content?.toString('latin1').trim() ?? '';
  if (ID.test(stored)) return { id: stored, existed: true, isStored: true };
  const place = `${hostname()}\0${await realpath(folder)}`;
  const id = createHash('sha256').update(place).digest('hex').slice(0, 32);
  return { id, existed: content !== undefined, isStored: false };
}

/** Keeps the identity, durably; a damaged file is put aside. Returns where that is. */
export async function storeInstance(folder: string, instance: FoundInstance, at: Date): Promise<string[]> {
  if (instance.isStored) return [];
  const moved = instance.existed ? await setAside(folder, [FILE_NAME], at) : [];
  await createDurably(join(folder, FILE_NAME), (handle) =>
    writeFully(handle, Buffer.from(`${instance.id}\n`), 0),
  );
  return moved;
}
