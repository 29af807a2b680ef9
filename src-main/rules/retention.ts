import type { RetentionRule, SnapshotRecord } from '../store/records';

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;

export type JudgedSnapshot = Pick<
  SnapshotRecord,
  'id' | 'createdAt' | 'state' | 'pinned' | 'origin' | 'automatic'
>;

/** What a rule says of one snapshot, and why, as a sentence for people. */
export interface Verdict {
  id: string;
  keep: boolean;
  reason: string;
}

/** What judging depends on besides the rule. */
export interface Circumstances {
  /** Unix milliseconds. */
  now: number;
  /** Snapshots that sandboxes stand on. */
  inUse: ReadonlySet<string>;
}

/**
 * Judges the snapshots of one sandbox, newest first. Hours and days are those of UTC, so that each has its 60 minutes
 * or 24 hours and travelling changes nothing. They count back from the newest snapshot and not from the clock: nothing
 * is deleted because time passes or the clock is set, only because something newer was taken.
 */
export function judgeSnapshots(
  snapshots: readonly JudgedSnapshot[],
  rule: RetentionRule,
  circumstances: Circumstances,
): Verdict[] {
  const newestFirst = [...snapshots].sort((a, b) => (olderThan(a, b) ? 1 : -1));
  const outside = new Map(newestFirst.map((each) => [each.id, reasonOutside(each, rule, circumstances.now)]));
  const counted = newestFirst.filter((each) => outside.get(each.id) === undefined && each.state === 'Ready');
  const claims = claimsOf(counted, rule);
  const newest = counted[0];
  return newestFirst.map((each): Verdict => {
    const reason = outside.get(each.id) ?? claims.get(each.id);
    if (reason !== undefined) return { id: each.id, keep: true, reason };
    if (circumstances.inUse.has(each.id)) return { id: each.id, keep: true, reason: IN_USE };
    if (each.state === 'Ready') return { id: each.id, keep: false, reason: goneReason(rule) };
    return newest !== undefined && olderThan(each, newest)
      ? { id: each.id, keep: false, reason: 'It failed and holds nothing, and a later one succeeded.' }
      : { id: each.id, keep: true, reason: 'It failed, and none later succeeded.' };
  });
}

/** The rule in words: `the last 5, one an hour for 24 hours, one a day for 7 days`. */
export function retentionWords({ keepLast, hourlyHours, dailyDays }: RetentionRule): string {
  return [
    keepLast === 1 ? 'the newest' : `the last ${String(keepLast)}`,
    ...(hourlyHours === 0 ? [] : [`one an hour for ${String(hourlyHours)} hours`]),
    ...(dailyDays === 0 ? [] : [`one a day for ${String(dailyDays)} days`]),
  ].join(', ');
}

const IN_USE = 'A sandbox stands on it.';

/** Why the rule does not touch it at all, and does not count it either. */
function reasonOutside(each: JudgedSnapshot, rule: RetentionRule, now: number): string | undefined {
  if (each.origin === 'adopted') return 'Another OpenSandbox server made it.';
  if (each.pinned) return 'It is pinned.';
  if (each.state === 'Creating' || each.state === 'Deleting') return `It is ${each.state}.`;
  if (each.automatic === undefined && (!rule.includeManual || each.state === 'Failed'))
    return 'It was taken by hand.';
  if (Date.parse(each.createdAt) > now) return 'Its time lies ahead: the clock was set back.';
  return undefined;
}

function claimsOf(newestFirst: readonly JudgedSnapshot[], rule: RetentionRule): Map<string, string> {
  const claims = new Map<string, string>();
  for (const { id } of newestFirst.slice(0, rule.keepLast))
    claims.set(
      id,
      rule.keepLast === 1 ? 'It is the newest.' : `It is one of the last ${String(rule.keepLast)}.`,
    );
  const claim = (bucketMs: number, buckets: number, word: string): void => {
    for (const id of newestOfEach(newestFirst, bucketMs, buckets))
      if (!claims.has(id)) claims.set(id, `It is the newest of its ${word}.`);
  };
  claim(HOUR_MS, rule.hourlyHours, 'hour');
  claim(DAY_MS, rule.dailyDays, 'day');
  return claims;
}

/** The newest of each bucket of UTC time, for so many buckets back from that of the newest. */
function newestOfEach(newestFirst: readonly JudgedSnapshot[], bucketMs: number, buckets: number): string[] {
  const bucketOf = ({ createdAt }: JudgedSnapshot) => Math.floor(Date.parse(createdAt) / bucketMs);
  const found = new Map<number, string>();
  const [newest] = newestFirst;
  if (newest === undefined) return [];
  for (const each of newestFirst) {
    const bucket = bucketOf(each);
    if (bucketOf(newest) - bucket < buckets && !found.has(bucket)) found.set(bucket, each.id);
  }
  return [...found.values()];
}

function goneReason(rule: RetentionRule): string {
  return `The rule keeps only ${retentionWords(rule)}.`;
}

function olderThan(a: JudgedSnapshot, b: JudgedSnapshot): boolean {
  return a.createdAt === b.createdAt ? a.id < b.id : a.createdAt < b.createdAt;
}
