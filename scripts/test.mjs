import { findChromium } from './lib/browser.mjs';
import { ensureNode24 } from './lib/node24.mjs';
import { checkNode, ensureBuild, ensureDependencies } from './lib/project.mjs';
import { startSideEngine } from './lib/side-engine.mjs';
import { LauncherError, Steps } from './lib/steps.mjs';
import { oneOf, runLint, runTypeCheck, runVitest } from './lib/suites.mjs';
import { ensurePrograms, ensureTestEngine } from './lib/test-needs.mjs';

/** @typedef {import('./lib/suites.mjs').Outcome} Outcome */
/** @typedef {Omit<import('./lib/suites.mjs').SuiteRun, 'node'>} EngineRun */

const HELP = `Usage: npm test, or npm run test:<suite> -- [vitest options]

Sets up what is needed, runs the suites and ends with one line: N passed, N failed.

  npm test                  lint, typecheck, unit, integration, conformance and gui
  npm test -- --node24      the same, and test:node24
  npm run test:unit         no engine, no browser
  npm run test:integration  a real container engine; started for the tests where none runs
  npm run test:conformance  the official SDK against a real server process
  npm run test:gui          real Chromium against the real server
  npm run test:node24       unit, and what of integration depends on Node, on Node 24, the line of Electron
  npm run bench             measurements beside the bare engine
  npm run torture           hours of kills and nonsense; \`npm test\` has a short form. Environment:
                            OPENSANDBOX_TORTURE_SEED, _ROUNDS and _MINUTES
  node scripts/test.mjs lint|typecheck`;

const ALL_SUITES = ['lint', 'typecheck', 'unit', 'integration', 'conformance', 'gui'];
const SUITES = new Set([...ALL_SUITES, 'node24', 'bench', 'torture']);

/** These run the built product against an engine. */
const ENGINE_SUITES = new Set(['integration', 'conformance', 'gui', 'node24', 'bench', 'torture']);

/** Where a second engine can run, these run on it beside the others: alone, neither keeps a machine busy. */
const ASIDE = new Set(['gui', 'node24']);

/**
 * What runs on Node 24 beside the unit suite: streams, sockets, child processes, files and HTTP of both directions.
 * The rest tries the engine or the store's rules, in which Node has no part, or the same streams once more; `npm test`
 * runs it.
 */
const ON_NODE_24 = [
  'integration/snapshot-restore',
  'integration/http/access',
  'integration/http/events',
  'integration/http/sdk-lifecycle',
  'integration/http/transport',
  'integration/snapshots/transfer.test',
  'integration/exec/commands-output',
  'integration/exec/live-files',
  'integration/exec/proxy',
  'integration/exec/pty',
];

const [first = '', ...rest] = process.argv.slice(2);
if (first === '--help' || first === '-h') console.log(HELP);
else process.exitCode = await main();

/** @returns {Promise<number>} exit code */
async function main() {
  const named = SUITES.has(first);
  const all = first === '--node24' ? [...ALL_SUITES, 'node24'] : ALL_SUITES;
  const suites = named ? [first] : all;
  const extraArgs = named || first === '--node24' ? rest : process.argv.slice(2);
  const steps = new Steps(process.stdout);
  /** @type {Outcome[]} */
  const outcomes = [];
  try {
    await checkNode(steps);
    await ensureDependencies(steps);
    await runSuites(steps, suites, extraArgs, outcomes);
  } catch (error) {
    if (!(error instanceof LauncherError)) throw error;
    console.error(error.message);
    outcomes.push(oneOf(false, error.message));
  }
  list(
    'Passed only when tried again:',
    outcomes.flatMap(({ retried }) => retried),
  );
  list(
    'Failed:',
    outcomes.flatMap(({ failures }) => failures),
  );
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/**
 * At the very end, where a long run's failures are found.
 * @param {string} title
 * @param {readonly string[]} lines
 */
function list(title, lines) {
  if (lines.length > 0) console.log([title, ...lines.map((line) => `  ${line}`)].join('\n'));
}

/**
 * @param {Steps} steps
 * @param {readonly string[]} suites
 * @param {readonly string[]} extraArgs
 * @param {Outcome[]} outcomes what is done so far stays counted when a later step fails
 */
async function runSuites(steps, suites, extraArgs, outcomes) {
  for (const suite of suites.filter((name) => !ENGINE_SUITES.has(name))) {
    outcomes.push(await runPlainSuite(suite, extraArgs));
  }
  const engineSuites = suites.filter((name) => ENGINE_SUITES.has(name));
  if (engineSuites.length === 0) return;
  await ensureBuild(steps);
  await ensurePrograms(steps, { browser: engineSuites.some((name) => name === 'gui' || name === 'bench') });
  const engine = await ensureTestEngine(steps);
  try {
    const env = { ...process.env, ...engine.env, OPENSANDBOX_TEST_CHROMIUM: findChromium() };
    const beside = engineSuites.filter((name) => ASIDE.has(name));
    const inTurns = engineSuites.filter((name) => !ASIDE.has(name));
    const side = beside.length > 0 && inTurns.length > 0 ? await startSideEngine(steps) : undefined;
    /** @type {(names: readonly string[], run: EngineRun) => Promise<void>} */
    const take = async (names, run) => {
      for (const suite of names) outcomes.push(...(await runEngineSuite(steps, suite, run)));
    };
    if (side === undefined) {
      await take(engineSuites, { env, extraArgs });
      return;
    }
    try {
      const { inside } = side;
      await Promise.all([
        take(inTurns, { env, extraArgs }),
        take(beside, { env: { ...env, ...side.env }, extraArgs, inside, aside: true }),
      ]);
    } finally {
      await side.stop();
    }
  } finally {
    await engine.stop();
  }
}

/**
 * @param {string} suite
 * @param {readonly string[]} extraArgs
 * @returns {Promise<Outcome>}
 */
function runPlainSuite(suite, extraArgs) {
  if (suite === 'lint') return runLint();
  if (suite === 'typecheck') return runTypeCheck();
  return runVitest(suite, { node: process.execPath, env: process.env, extraArgs });
}

/**
 * @param {Steps} steps
 * @param {string} suite
 * @param {EngineRun} run
 * @returns {Promise<Outcome[]>}
 */
async function runEngineSuite(steps, suite, run) {
  if (suite !== 'node24') return [await runVitest(suite, { ...run, node: process.execPath })];
  const onNode24 = { ...run, node: await ensureNode24(steps), variant: '-node24' };
  const unit = await runVitest('unit', onNode24);
  const extraArgs = run.extraArgs.length === 0 ? ON_NODE_24 : run.extraArgs;
  return [unit, await runVitest('integration', { ...onNode24, extraArgs })];
}
