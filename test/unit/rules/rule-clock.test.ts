import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DueTimer } from '../../../src-main/due-timer';
import { dueAt } from '../../../src-main/rules/rule-service';

const START = Date.parse('2026-11-26T12:00:00Z');
const MINUTE_MS = 60_000;

describe('the time of an automatic snapshot', () => {
  it('is one interval after the last, or now when that was missed', () => {
    const rule = { everyMinutes: 10, countedFrom: new Date(START).toISOString() };
    expect(dueAt(rule, START)).toBe(START + 10 * MINUTE_MS);
    expect(dueAt(rule, START + 60 * MINUTE_MS)).toBe(START + 10 * MINUTE_MS);
  });

  it('is at most one interval ahead after the clock was set back', () => {
    const rule = { everyMinutes: 10, countedFrom: new Date(START).toISOString() };
    const back = START - 365 * 24 * 60 * MINUTE_MS;
    expect(dueAt(rule, back)).toBe(back + 10 * MINUTE_MS);
  });
});

describe('a timer of the clock', () => {
  beforeEach(() => void vi.useFakeTimers({ now: START }));
  afterEach(() => void vi.useRealTimers());

  it('notices within a second that the clock was set forward', () => {
    let begun = 0;
    const timer = new DueTimer(
      () => {
        if (Date.now() < START + 60 * MINUTE_MS) return START + 60 * MINUTE_MS;
        begun += 1;
        return undefined;
      },
      () => true,
    );
    timer.schedule();
    vi.advanceTimersByTime(5_000);
    expect(begun).toBe(0);
    vi.setSystemTime(START + 61 * MINUTE_MS);
    vi.advanceTimersByTime(1_000);
    expect(begun).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('sleeps for good where nothing is due, where nothing can be done and when it was stopped', () => {
    const never = new DueTimer(
      () => undefined,
      () => true,
    );
    never.schedule();
    const away = new DueTimer(
      () => Date.now() + 10,
      () => false,
    );
    away.schedule();
    const stopped = new DueTimer(
      () => Date.now() + 10,
      () => true,
    );
    stopped.schedule();
    stopped.stop();
    stopped.schedule();
    expect(vi.getTimerCount()).toBe(0);
  });
});
