import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { runVisibly } from './commands.mjs';
import { CACHE_FOLDER, PROJECT_ROOT } from './project.mjs';

const RESULTS_FOLDER = join(CACHE_FOLDER, 'test-results');
/** On a machine that does other things besides: two suites beside each other take longer, each. */
const SUITE_LIMIT_MS = 70 * 60_000;
/** @type {Readonly<Record<string, number>>} */
const LONGER_LIMITS_MS = { bench: 55 * 60_000, torture: 3 * 60 * 60_000 };

/**
 * @typedef {object} Outcome
 * @property {number} passed
 * @property {number} failed
 * @property {readonly string[]} failures what failed, a line each
 * @property {readonly string[]} retried what passed only when it was tried again, a line each
 */

/**
 * What vitest's JSON reporter writes, as far as it is read here.
 * @typedef {object} VitestReport
 * @property {number} numPassedTests
 * @property {{ name: string, status: string, message: string, assertionResults: VitestTest[] }[]} testResults one
 *   per file
 */

/**
 * @typedef {object} VitestTest
 * @property {string} fullName
 * @property {string} status
 * @property {string[]} failureMessages of each try
 */

/**
 * How a vitest project is run.
 * @typedef {object} SuiteRun
 * @property {string} node the Node binary
 * @property {NodeJS.ProcessEnv} env
 * @property {readonly string[]} extraArgs file names and options for vitest
 * @property {string} [variant] tells its report from that of the same project in another run
 * @property {readonly string[]} [inside] what the command starts with, to run in another network
 * @property {boolean} [aside] prints when it is done, because another suite has the terminal meanwhile
 */

/**
 * ESLint and Prettier, counted as one.
 * @returns {Promise<Outcome>}
 */
export async function runLint() {
  const eslint = await runVisibly(
    process.execPath,
    [bin('eslint', 'bin/eslint.js'), '.', '--max-warnings', '0'],
    inRoot(),
  );
  const prettier = await runVisibly(
    process.execPath,
    [bin('prettier', 'bin/prettier.cjs'), '--check', '.'],
    inRoot(),
  );
  return oneOf(eslint === 0 && prettier === 0, 'lint');
}

/**
 * The TypeScript projects, counted as one.
 * @returns {Promise<Outcome>}
 */
export async function runTypeCheck() {
  const code = await runVisibly(process.execPath, [bin('typescript', 'bin/tsc'), '-b'], inRoot());
  return oneOf(code === 0, 'typecheck');
}

/**
 * Runs one vitest project and counts its tests.
 * @param {string} project
 * @param {SuiteRun} run
 * @returns {Promise<Outcome>}
 */
export async function runVitest(project, run) {
  const { node, env, extraArgs, variant = '', inside = [], aside = false } = run;
  mkdirSync(RESULTS_FOLDER, { recursive: true });
  const name = join(RESULTS_FOLDER, `${project}${variant}`);
  const report = `${name}.json`;
  rmSync(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const [command = node, ...args] = [
    ...inside,
    ...[node, bin('vitest', 'vitest.mjs'), 'run', '--project', project, ...reporters, ...extraArgs],
  ];
  const options = { ...inRoot(), env, timeoutMs: LONGER_LIMITS_MS[project] ?? SUITE_LIMIT_MS };
  const code = aside
    ? await runAside(command, args, { options, log: `${name}.log` })
    : await runVisibly(command, args, options);
  return countTests(`${project}${variant}`, readReport(report), code);
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ options: import('./commands.mjs').CommandOptions, log: string }} run
 * @returns {Promise<number>} exit code
 */
async function runAside(command, args, { options, log }) {
  const output = openSync(log, 'w');
  try {
    return await runVisibly(command, args, { ...options, output });
  } finally {
    closeSync(output);
    process.stdout.write(readFileSync(log));
  }
}

/**
 * Counts a report. A file that fails before its first test counts as one failure, and so does a run that failed for
 * a reason outside any test, so that no failure can hide in the sum.
 * @param {string} suite
 * @param {VitestReport | undefined} report
 * @param {number} code exit code of the run
 * @returns {Outcome}
 */
export function countTests(suite, report, code) {
  if (report === undefined) return oneOf(false, `${suite}: it wrote no report (exit code ${code})`);
  const tests = report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map((test) => ({ ...test, file: relative(PROJECT_ROOT, name) })),
  );
  const failures = [
    ...tests.filter(({ status }) => status === 'failed'),
    ...report.testResults
      .filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0)
      .map(({ name, message }) => ({
        file: relative(PROJECT_ROOT, name),
        fullName: 'the file itself',
        failureMessages: [message],
      })),
  ].map((test) => lineOf(suite, test));
  if (failures.length === 0 && code !== 0) failures.push(`${suite}: outside any test (exit code ${code})`);
  const retried = tests
    .filter(({ status, failureMessages }) => status === 'passed' && failureMessages.length > 0)
    .map((test) => lineOf(suite, test));
  return { passed: report.numPassedTests, failed: failures.length, failures, retried };
}

/**
 * @param {string} suite
 * @param {{ file: string, fullName: string, failureMessages: readonly string[] }} test
 * @returns {string}
 */
function lineOf(suite, { file, fullName, failureMessages: [message = ''] }) {
  return `${suite}: ${file}: ${fullName}: ${message.split('\n', 1)[0]}`;
}

/**
 * @param {boolean} passed
 * @param {string} failure what to say if it did not
 * @returns {Outcome}
 */
export function oneOf(passed, failure) {
  return passed
    ? { passed: 1, failed: 0, failures: [], retried: [] }
    : { passed: 0, failed: 1, failures: [failure], retried: [] };
}

/**
 * @param {string} file
 * @returns {VitestReport | undefined}
 */
function readReport(file) {
  try {
    /** @type {unknown} */
    const report = JSON.parse(readFileSync(file, 'utf8'));
    // Written by vitest a moment ago, after the old one was removed.
    return /** @type {VitestReport} */ (report);
  } catch {
    return undefined;
  }
}

/**
 * @param {string} name
 * @param {string} path
 */
function bin(name, path) {
  return join(PROJECT_ROOT, 'node_modules', name, path);
}

function inRoot() {
  return { cwd: PROJECT_ROOT };
}
