import type { FileHandle } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { createDurably } from './durable-files';
import { isSchemaVersion } from './migrations';
import { decodeLine, describeLine, encodeLine, splitLines } from './record-lines';
import { countRecords, isChangeEntry, type ChangeEntry, type StateView } from './stored-state';

const FORMAT = 'opensandbox-desktop-state';
/** How long records are turned into text before the event loop gets its turn. */
const SLICE_MS = 1;

/** What the first line of a base says. */
export interface BaseHeader {
  schemaVersion: number;
  generation: number;
}

/** What could be read of a base. */
export interface BaseContent {
  /** Undefined when the header could not be read. */
  schemaVersion: number | undefined;
  entries: ChangeEntry[];
  bytes: number;
  /** One sentence for each fault; none when the file is whole. */
  problems: string[];
}

/**
 * Writes a base durably, in slices of about a millisecond of work, so that requests are served meanwhile.
 * @returns the size of the file in bytes.
 */
export async function writeBase(path: string, header: BaseHeader, view: StateView): Promise<number> {
  return createDurably(path, async (handle) => {
    const records = countRecords(view);
    let bytes = await append(handle, encodeLine(JSON.stringify({ format: FORMAT, ...header, records })));
    let slice: string[] = [];
    let sliceEnd = performance.now() + SLICE_MS;
    for (const [collection, list] of view) {
      for (const record of list) {
        slice.push(encodeLine(JSON.stringify([collection, record.id, record])));
        if (performance.now() < sliceEnd) continue;
        bytes += await append(handle, slice.join(''));
        slice = [];
        sliceEnd = performance.now() + SLICE_MS;
      }
    }
    slice.push(encodeLine(JSON.stringify({ end: true, records })));
    return bytes + (await append(handle, slice.join('')));
  });
}

/** Reads everything of a base that can be read. */
export function parseBase(content: Buffer, generation: number): BaseContent {
  const lines = [...splitLines(content)];
  const problems: string[] = [];
  const header = parseHeader(lines[0]?.bytes);
  if (!header) problems.push('the first line, which says what the file is, cannot be read');
  else if (header.generation !== generation) problems.push(`it belongs to generation ${header.generation}`);
  const last = lines.at(-1);
  const footer = last?.terminated && lines.length > 1 ? parseFooter(last.bytes) : undefined;
  if (!footer) problems.push('the end is missing');

  const entries: ChangeEntry[] = [];
  // A damaged header or footer still may hide a record: each line is judged by itself.
  for (const line of lines.slice(header ? 1 : 0, footer ? -1 : undefined)) {
    const value = decodeLine(line.bytes);
    if (isChangeEntry(value) && value[2]) entries.push(value);
    else problems.push(`line ${line.number}: ${describeLine(line.bytes)}`);
  }
  const expected = header?.records ?? footer?.records;
  if (expected !== undefined && expected !== entries.length) {
    problems.push(`${entries.length} of ${expected} records found`);
  }
  return { schemaVersion: header?.schemaVersion, entries, bytes: content.length, problems };
}

async function append(handle: FileHandle, text: string): Promise<number> {
  const bytes = Buffer.from(text);
  await handle.appendFile(bytes);
  return bytes.length;
}

function parseHeader(line: Buffer | undefined): (BaseHeader & { records: number }) | undefined {
  const value = line && decodeLine(line);
  if (typeof value !== 'object' || value === null) return undefined;
  const { format, schemaVersion, generation, records } = value as Record<string, unknown>;
  if (format !== FORMAT || !isSchemaVersion(schemaVersion)) return undefined;
  if (typeof generation !== 'number' || typeof records !== 'number') return undefined;
  return { schemaVersion, generation, records };
}

function parseFooter(line: Buffer): { records: number } | undefined {
  const value = decodeLine(line);
  if (typeof value !== 'object' || value === null || !('end' in value) || !('records' in value))
    return undefined;
  return typeof value.records === 'number' ? { records: value.records } : undefined;
}
