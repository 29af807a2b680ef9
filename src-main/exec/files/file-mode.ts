import { AppError } from '../../errors';

const PERMISSION_BITS = 0o777;

/** A mode as the API writes it: its octal digits read as a decimal number, permission bits only (CONTRACT.md 4.6). */
export function wireMode(mode: number): number {
  return Number((mode & PERMISSION_BITS).toString(8));
}

/**
 * The permission bits that a mode of the API means; undefined for "leave alone".
 * @throws AppError 400 `INVALID_REQUEST_BODY`
 */
export function parseWireMode(mode: number | null | undefined): number | undefined {
  if (mode === undefined || mode === null || mode === 0) return undefined;
  if (!/^[0-7]{1,5}$/.test(String(mode))) {
    throw new AppError(
      400,
      'INVALID_REQUEST_BODY',
      `The mode ${mode} is not made of octal digits. Write 644 for rw-r--r--.`,
    );
  }
  return parseInt(String(mode), 8) & PERMISSION_BITS;
}
