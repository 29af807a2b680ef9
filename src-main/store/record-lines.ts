import { crc32 } from 'node:zlib';

const CRC_LENGTH = 8;
const NEWLINE = 0x0a;
const SHOWN_LENGTH = 80;

/** One line of a file as it was found. */
export interface FoundLine {
  /** Counted from 1. */
  number: number;
  bytes: Buffer;
  /** False for a last line without its newline: the write was cut off. */
  terminated: boolean;
}

/** A line of the state files: checksum, a space, compact JSON, newline. */
export function encodeLine(json: string): string {
  return `${crc32(json).toString(16).padStart(CRC_LENGTH, '0')} ${json}\n`;
}

/** The JSON value of a line without its newline, or undefined when the checksum or the JSON is wrong. */
export function decodeLine(bytes: Buffer): unknown {
  const json = bytes.subarray(CRC_LENGTH + 1);
  if (bytes.length <= CRC_LENGTH + 1 || bytes[CRC_LENGTH] !== 0x20) return undefined;
  if (bytes.toString('latin1', 0, CRC_LENGTH) !== crc32(json).toString(16).padStart(CRC_LENGTH, '0')) {
    return undefined;
  }
  try {
    const value: unknown = JSON.parse(json.toString('utf8'));
    return value;
  } catch {
    return undefined;
  }
}

/** Splits a file into its lines; an empty file has none. */
export function* splitLines(content: Buffer): Generator<FoundLine> {
  let start = 0;
  for (let number = 1; start < content.length; number++) {
    const newline = content.indexOf(NEWLINE, start);
    const end = newline === -1 ? content.length : newline;
    yield { number, bytes: content.subarray(start, end), terminated: newline !== -1 };
    start = end + 1;
  }
}

/** A short, printable form of an unreadable line, for people. */
export function describeLine(bytes: Buffer): string {
  const shown = bytes.toString('latin1', 0, SHOWN_LENGTH).replace(/[^\x20-\x7e]/g, '·');
  return bytes.length > SHOWN_LENGTH ? `${shown}…` : shown;
}
