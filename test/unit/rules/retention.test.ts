import { describe, expect, it } from 'vitest';
import { judgeSnapshots, type JudgedSnapshot } from '../../../src-main/rules/retention';
import type { RetentionRule } from '../../../src-main/store/records';

const NOW = Date.parse('2026-11-26T12:30:00Z');
const LATER = Date.parse('2027-11-26T12:30:00Z');

/** Named for its time. */
function taken(time: string, changes: Partial<JudgedSnapshot> = {}): JudgedSnapshot {
  const day = time.length > 5 ? time : `2026-11-26T${time}`;
  const createdAt = new Date(`${day}:00Z`).toISOString();
  return {
    id: time,
    createdAt,
    state: 'Ready',
    pinned: false,
    origin: 'local',
    automatic: 'interval',
    ...changes,
  };
}

function rule(changes: Partial<RetentionRule> = {}): RetentionRule {
  return { keepLast: 1, hourlyHours: 0, dailyDays: 0, includeManual: false, ...changes };
}

function judge(
  snapshots: JudgedSnapshot[],
  changes: Partial<RetentionRule>,
  { now = NOW, inUse = [] as string[] } = {},
) {
  const verdicts = judgeSnapshots(snapshots, rule(changes), { now, inUse: new Set(inUse) });
  return {
    gone: verdicts.filter((each) => !each.keep).map((each) => each.id),
    reasonOf: (id: string) => verdicts.find((each) => each.id === id)?.reason,
    order: verdicts.map((each) => each.id),
  };
}

describe('retention', () => {
  it('keeps the last ones, whatever order they come in, and tells newest first', () => {
    const found = judge([taken('10:00'), taken('12:00'), taken('11:00')], { keepLast: 2 });
    expect(found.order).toEqual(['12:00', '11:00', '10:00']);
    expect(found.gone).toEqual(['10:00']);
    expect(found.reasonOf('10:00')).toBe('The rule keeps only the last 2.');
  });

  it('tells two of the same moment apart by their ids', () => {
    const same = { createdAt: '2026-11-26T10:00:00.000Z' };
    expect(judge([taken('10:01', same), taken('10:00', same)], {}).gone).toEqual(['10:00']);
  });

  it('keeps the newest of each hour of UTC, for so many hours back from the newest', () => {
    const all = ['12:10', '12:00', '11:59', '11:01', '10:59', '10:00', '09:59'].map((time) => taken(time));
    const found = judge(all, { hourlyHours: 3 });
    expect(found.gone).toEqual(['12:00', '11:01', '10:00', '09:59']);
    expect(found.reasonOf('11:59')).toBe('It is the newest of its hour.');
  });

  it('keeps the newest of each day of UTC, across the end of a month', () => {
    const days = [
      '2026-12-01T00:10',
      '2026-11-30T23:50',
      '2026-11-30T00:00',
      '2026-11-29T23:59',
      '2026-11-28T12:00',
    ];
    const now = Date.parse('2026-12-01T00:20:00Z');
    expect(
      judge(
        days.map((day) => taken(day)),
        { dailyDays: 3 },
        { now },
      ).gone,
    ).toEqual(['2026-11-30T00:00', '2026-11-28T12:00']);
  });

  it('counts hours where the clock of most places skips or repeats one', () => {
    // In Europe 01:00 UTC of this day is both 02:00 and 03:00.
    const night = ['2026-10-25T02:10', '2026-10-25T01:10', '2026-10-25T00:50', '2026-10-25T00:10'];
    const now = Date.parse('2026-10-25T02:20:00Z');
    expect(
      judge(
        night.map((time) => taken(time)),
        { hourlyHours: 3 },
        { now },
      ).gone,
    ).toEqual(['2026-10-25T00:10']);
  });

  it('never touches pinned ones, and does not count them among the last', () => {
    const found = judge([taken('12:00', { pinned: true }), taken('11:00'), taken('10:00')], {});
    expect(found.gone).toEqual(['10:00']);
    expect(found.reasonOf('12:00')).toBe('It is pinned.');
    expect(found.reasonOf('11:00')).toBe('It is the newest.');
  });

  it('leaves what was taken by hand alone unless the rule says otherwise', () => {
    const all = [
      taken('12:00'),
      { ...taken('11:00'), automatic: undefined },
      taken('10:00'),
    ] as JudgedSnapshot[];
    expect(judge(all, {}).gone).toEqual(['10:00']);
    expect(judge(all, { includeManual: true }).gone).toEqual(['11:00', '10:00']);
  });

  it('keeps what a sandbox stands on, what another server made and what is on its way', () => {
    const found = judge(
      [
        taken('12:00', { state: 'Creating' }),
        taken('11:30'),
        taken('11:00'),
        taken('10:00', { origin: 'adopted' }),
        taken('09:00', { state: 'Deleting' }),
        taken('08:00'),
      ],
      {},
      { inUse: ['11:00'] },
    );
    expect(found.gone).toEqual(['08:00']);
    expect(found.reasonOf('11:00')).toBe('A sandbox stands on it.');
  });

  it('deletes failed ones once a later one succeeded, and never counts them', () => {
    const failed = { state: 'Failed' } as const;
    const found = judge([taken('12:00', failed), taken('11:00'), taken('10:00', failed), taken('09:00')], {});
    expect(found.gone).toEqual(['10:00', '09:00']);
    expect(judge([taken('10:00', failed)], {}).gone).toEqual([]);
    const byHand = { ...taken('10:00', failed), automatic: undefined } as unknown as JudgedSnapshot;
    expect(judge([taken('12:00'), byHand], { includeManual: true }).gone).toEqual([]);
  });

  it('deletes nothing more because time passes or the clock is set forward', () => {
    const all = ['12:00', '11:00', '10:00'].map((time) => taken(time));
    expect(judge(all, { hourlyHours: 3 }, { now: LATER }).gone).toEqual([]);
  });

  it('keeps those of a time ahead after the clock was set back, and does not let them push out newer ones', () => {
    const ahead = ['2027-01-01T10:00', '2027-01-01T09:00'].map((time) => taken(time));
    const found = judge([...ahead, taken('12:00'), taken('11:00')], { keepLast: 1 });
    expect(found.gone).toEqual(['11:00']);
    expect(found.reasonOf('2027-01-01T09:00')).toContain('clock');
    // Once that time has come they are judged like any other.
    expect(judge([...ahead, taken('12:00')], {}, { now: LATER }).gone).toEqual(['2027-01-01T09:00', '12:00']);
  });

  it('has nothing to say where there is nothing', () => {
    expect(judge([], { hourlyHours: 24, dailyDays: 7 }).order).toEqual([]);
  });
});
