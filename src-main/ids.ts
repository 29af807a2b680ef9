import { decodeTime, monotonicFactory } from 'ulid';

const nextUlid = monotonicFactory();
/** No id is made for an earlier time than this; Unix milliseconds. */
let earliest = 0;

/** Prefix of each kind of id (DESIGN.md): lower-case, sortable by creation, safe in image tags and URLs. */
export type IdPrefix = 'sbx' | 'snap' | 'task' | 'act' | 'net' | 'vol';

/** A new id such as `sbx_01k…`; ids made by one process sort in the order of making. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${nextUlid(Math.max(Date.now(), earliest)).toLowerCase()}`;
}

/** Ids made from now on sort after this one of an earlier process, even if the clock was set back in between. */
export function followId(id: string): void {
  earliest = Math.max(earliest, decodeTime(id.slice(id.indexOf('_') + 1).toUpperCase()));
}

/** Now, as the API writes every date: RFC 3339, UTC, milliseconds. */
export function nowIso(): string {
  return new Date().toISOString();
}

/** An id for people, shortened in the middle: `snap_01kb…x7q2m9`. */
export function shortId(id: string): string {
  const prefix = id.indexOf('_') + 5;
  return `${id.slice(0, prefix)}…${id.slice(-6)}`;
}
