import { AppError } from '../errors';

/** Date, clock with any number of fractional digits, and zone, which may be missing. */
const RFC_3339 = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:?\d\d)?$/i;

/**
 * Reads a new expiry as clients send it: no zone means UTC, any number of fractional digits (CONTRACT.md 2.4).
 * @returns the same instant as the API writes every date
 * @throws AppError 400 for what is no time, or not in the future
 */
export function readFutureTime(text: string): string {
  const time = readTime(text.trim());
  if (Number.isNaN(time)) {
    throw new AppError(
      400,
      'SANDBOX::INVALID_PARAMETER',
      `expiresAt "${text}" is not an RFC 3339 time, such as 2026-01-31T12:00:00Z.`,
    );
  }
  if (time <= Date.now()) {
    throw new AppError(
      400,
      'DOCKER::INVALID_EXPIRATION',
      `expiresAt ${text} is not in the future. Send a later time.`,
    );
  }
  return new Date(time).toISOString();
}

/** Unix milliseconds, or NaN. */
function readTime(text: string): number {
  const [, date, clock, zone = 'Z'] = RFC_3339.exec(text) ?? [];
  if (date === undefined || clock === undefined || !isDayOfCalendar(date)) return Number.NaN;
  return Date.parse(`${date}T${clock}${zone}`);
}

/** Date.parse turns 30 February into 2 March. */
function isDayOfCalendar(date: string): boolean {
  const midnight = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(date);
}
