import { describe, expect, it } from 'vitest';
import { countTests } from '../../../scripts/lib/suites.mjs';

const test = (status: string, failureMessages: string[] = []) => ({
  fullName: 'says so',
  status,
  failureMessages,
});

const report = (passed: number, assertionResults: ReturnType<typeof test>[], status = 'passed') => ({
  numPassedTests: passed,
  testResults: [{ name: 'a.test.ts', status, message: 'no such module\n    at a line', assertionResults }],
});

describe('countTests', () => {
  it('takes what passed and what failed from a report, each failure with its first line', () => {
    expect(countTests('unit', report(7, [test('passed')]), 0)).toEqual({
      passed: 7,
      failed: 0,
      failures: [],
      retried: [],
    });
    const failed = report(5, [test('failed', ['expected 1\n    at a line']), test('passed')], 'failed');
    const outcome = countTests('unit', failed, 1);
    expect(outcome).toMatchObject({ passed: 5, failed: 1, retried: [] });
    expect(outcome.failures).toEqual([expect.stringMatching(/^unit: .*a\.test\.ts: says so: expected 1$/)]);
  });

  it('names what passed only when it was tried again', () => {
    const outcome = countTests('gui', report(1, [test('passed', ['too early\n    at a line'])]), 0);
    expect(outcome).toMatchObject({ passed: 1, failed: 0, failures: [] });
    expect(outcome.retried).toEqual([expect.stringMatching(/says so: too early$/)]);
  });

  it('counts a file that failed before its first test', () => {
    const outcome = countTests('unit', report(5, [], 'failed'), 1);
    expect(outcome).toMatchObject({ passed: 5, failed: 1 });
    expect(outcome.failures).toEqual([expect.stringMatching(/the file itself: no such module$/)]);
  });

  it('never lets a failed run pass: no report, or a failure outside any test', () => {
    expect(countTests('unit', undefined, 1)).toMatchObject({ passed: 0, failed: 1 });
    expect(countTests('unit', undefined, 0)).toMatchObject({ passed: 0, failed: 1 });
    expect(countTests('unit', report(5, [test('passed')]), 1)).toMatchObject({ passed: 5, failed: 1 });
  });
});
