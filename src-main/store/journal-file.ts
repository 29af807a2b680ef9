import { open, type FileHandle } from 'node:fs/promises';
import { createDurably, writeFully } from './durable-files';
import { isSchemaVersion } from './migrations';
import { decodeLine, describeLine, encodeLine, splitLines, type FoundLine } from './record-lines';
import { isChangeEntry, type ChangeEntry } from './stored-state';

const FORMAT = 'opensandbox-desktop-journal';

/** What the first line of a journal says. */
export interface JournalHeader {
  schemaVersion: number;
  generation: number;
}

/** What could be read of a journal. */
export interface JournalContent {
  /** Undefined when the header could not be read. */
  schemaVersion: number | undefined;
  entries: ChangeEntry[];
  /** The number that the next batch has. */
  batches: number;
  /** Up to the end of the last whole line; what follows was cut off by a crash. */
  wholeBytes: number;
  /** The last line has no end: a crash interrupted its write, so nobody was told that it is stored. */
  isTorn: boolean;
  /** One sentence for each fault, the torn end not among them; none when the file is whole. */
  problems: string[];
}

/** Reads everything of a journal that can be read. */
export function parseJournal(content: Buffer, generation: number): JournalContent {
  const lines = [...splitLines(content)];
  const torn = lines.at(-1)?.terminated === false ? lines.pop() : undefined;
  const header = lines[0] && parseHeader(lines[0].bytes);
  const problems: string[] = [];
  if (!header) problems.push('the first line, which says what the file is, cannot be read');
  else if (header.generation !== generation) problems.push(`it belongs to generation ${header.generation}`);

  const { entries, batches, faults } = readBatches(lines.slice(header ? 1 : 0));
  return {
    schemaVersion: header?.schemaVersion,
    entries,
    batches,
    wholeBytes: content.length - (torn?.bytes.length ?? 0),
    isTorn: torn !== undefined,
    problems: [...problems, ...faults],
  };
}

/** An open journal: whole lines only, each synced before the next. One append at a time. */
export class JournalFile {
  /** A failed append may have left a part of its line behind. */
  private hasRemains = false;

  private constructor(
    private readonly handle: FileHandle,
    private written: { bytes: number; batches: number; entries: number },
  ) {}

  /** Creates an empty journal; durable, with its header whole, once the promise resolves. */
  static async create(path: string, header: JournalHeader): Promise<JournalFile> {
    const line = Buffer.from(encodeLine(JSON.stringify({ format: FORMAT, ...header })));
    await createDurably(path, (handle) => writeFully(handle, line, 0));
    return new JournalFile(await open(path, 'r+'), { bytes: line.length, batches: 0, entries: 0 });
  }

  /** Goes on with a journal that was read; a torn end is cut off. */
  static async resume(path: string, content: JournalContent): Promise<JournalFile> {
    const journal = new JournalFile(await open(path, 'r+'), {
      bytes: content.wholeBytes,
      batches: content.batches,
      entries: content.entries.length,
    });
    if (content.isTorn) await journal.cutRemains();
    return journal;
  }

  /** Size in bytes. */
  get bytes(): number {
    return this.written.bytes;
  }

  /** Number of changes in it. */
  get entries(): number {
    return this.written.entries;
  }

  /**
   * Appends one batch; it is on the disk when the promise resolves. When it rejects, the batch is not in the
   * file, or is cut out before the next one is written.
   * @param entries JSON of each change.
   */
  async append(entries: readonly string[]): Promise<void> {
    if (this.hasRemains) await this.cutRemains();
    const { bytes, batches } = this.written;
    const line = Buffer.from(encodeLine(`[${[batches, ...entries].join(',')}]`));
    try {
      await writeFully(this.handle, line, bytes);
      await this.handle.datasync();
    } catch (error) {
      this.hasRemains = true;
      // At once, so that a crash cannot bring back what the caller was told is lost; tried again at the next write.
      await this.cutRemains().catch(() => undefined);
      throw error;
    }
    this.written = {
      bytes: bytes + line.length,
      batches: batches + 1,
      entries: this.written.entries + entries.length,
    };
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private async cutRemains(): Promise<void> {
    this.hasRemains = true;
    await this.handle.truncate(this.written.bytes);
    await this.handle.datasync();
    this.hasRemains = false;
  }
}

/** Each line is `[number, change, …]`, numbered from 0, so that a lost or repeated line is noticed. */
function readBatches(
  lines: readonly FoundLine[],
): Pick<JournalContent, 'entries' | 'batches'> & { faults: string[] } {
  const entries: ChangeEntry[] = [];
  const faults: string[] = [];
  let next = 0;
  let isGapKnown = false;
  for (const line of lines) {
    const value = decodeLine(line.bytes);
    const parts: unknown[] = Array.isArray(value) ? value : [];
    const [number, ...changes] = parts;
    if (typeof number !== 'number' || !changes.every(isChangeEntry)) {
      faults.push(`line ${line.number}: ${describeLine(line.bytes)}`);
      isGapKnown = true;
    } else if (number < next) {
      faults.push(`line ${line.number} repeats an earlier one`);
    } else {
      if (number > next && !isGapKnown) faults.push(`lines before line ${line.number} are missing`);
      isGapKnown = false;
      next = number + 1;
      for (const change of changes) entries.push(change);
    }
  }
  return { entries, batches: next, faults };
}

function parseHeader(line: Buffer): JournalHeader | undefined {
  const value = decodeLine(line);
  if (typeof value !== 'object' || value === null) return undefined;
  const { format, schemaVersion, generation } = value as Record<string, unknown>;
  if (format !== FORMAT || !isSchemaVersion(schemaVersion) || typeof generation !== 'number')
    return undefined;
  return { schemaVersion, generation };
}
