import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { resolve } from 'node:path';
import type Docker from 'dockerode';
import { connectDocker, ensureBaseImages } from '../../support/docker';
import { median, percentile } from './samples';

const PAGE = resolve('docs/performance.md');
const GIB = 2 ** 30;

export type Unit = 'ms' | 'ms/MiB' | 'MiB' | 'kB' | 'requests/s';

export interface Limit {
  of: 'ratio' | 'p50' | 'p95';
  at: 'most' | 'least';
  value: number;
}

export interface Row {
  work: string;
  unit: Unit;
  product: number[];
  /** What it is compared with, where there is something. */
  bare?: number[];
  limit?: Limit;
}

/** The rows as a Markdown table. */
export function table(rows: readonly Row[]): string {
  const head = ['work', 'product p50', 'p95', 'bare p50', 'p95', 'ratio', 'limit', 'met', 'n', 'unit'];
  const lines = rows.map((row) => {
    const bare = row.bare ?? [];
    return [
      row.work,
      number(median(row.product)),
      number(percentile(row.product, 0.95)),
      bare.length === 0 ? '' : number(median(bare)),
      bare.length === 0 ? '' : number(percentile(bare, 0.95)),
      bare.length === 0 ? '' : ratio(row).toFixed(2),
      row.limit === undefined ? '' : limitText(row.limit),
      row.limit === undefined ? '' : isMet(row, row.limit) ? 'yes' : '**no**',
      String(row.product.length),
      row.unit,
    ];
  });
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const format = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [format(head), format(widths.map((width) => '-'.repeat(width))), ...lines.map(format)].join('\n');
}

/** What every bench has from its beginning. */
export interface Bench {
  docker: Docker;
  /** Of the machine, before the bench put any on it. */
  loadBefore: number;
}

/** To be called before anything else, with the engine that is to have the base images. */
export async function beginBench(): Promise<Bench> {
  const loadBefore = loadavg()[0] ?? 0;
  const docker = await connectDocker();
  await ensureBaseImages(docker);
  return { docker, loadBefore };
}

/** Prints what was found, after a line about the machine, and puts it into its section of docs/performance.md. */
export async function report(name: string, bench: Bench, parts: string[], browser?: string): Promise<void> {
  const line = await machine(bench);
  const text = [browser === undefined ? line : `${line} Chromium ${browser}.`, ...parts].join('\n\n');
  console.log(text);
  await writeSection(name, text);
}

/** Processor, memory, kernel and engine, without names of hosts. */
async function machine({ docker, loadBefore }: Bench): Promise<string> {
  const { Version: engine } = await docker.version();
  const info = (await docker.info()) as { Driver?: string };
  const [processor] = cpus();
  const kernel = /^[\d.]+/.exec(release())?.[0] ?? '';
  return (
    `${cpus().length} × ${processor?.model ?? 'unknown processor'}, ${Math.round(totalmem() / GIB)} GiB memory, ` +
    `${process.platform} ${kernel}, Docker engine ${engine} (${info.Driver ?? 'unknown driver'}), Node ${process.version}. ` +
    `Load average when the run began: ${loadBefore.toFixed(1)}.`
  );
}

/** Puts a text between `<!-- bench:NAME -->` and its closing mark in docs/performance.md. */
async function writeSection(name: string, text: string): Promise<void> {
  const page = await readFile(PAGE, 'utf8');
  const [start, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const from = page.indexOf(start);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no marks for ${name}.`);
  await writeFile(PAGE, `${page.slice(0, from + start.length)}\n\n${text}\n\n${page.slice(to)}`);
}

/**
 * Median over the rounds of product over bare in the same round: what disturbs the machine for some seconds then
 * disturbs both. Where there are no rounds, the ratio of the medians.
 */
function ratio({ product, bare = [] }: Row): number {
  if (product.length !== bare.length) return median(product) / median(bare);
  return median(product.map((value, round) => value / (bare[round] ?? NaN)));
}

function isMet(row: Row, { of, at, value }: Limit): boolean {
  const measured = of === 'ratio' ? ratio(row) : percentile(row.product, of === 'p50' ? 0.5 : 0.95);
  // Judged as shown, at two digits.
  const shown = Number(measured.toFixed(2));
  return at === 'most' ? shown <= value : shown >= value;
}

function limitText({ of, at, value }: Limit): string {
  return `${of} ${at === 'most' ? '≤' : '≥'} ${value}`;
}

function number(value: number): string {
  if (Number.isNaN(value)) return '';
  if (value >= 1_000) return Math.round(value).toLocaleString('en');
  return value.toFixed(value < 10 ? 2 : 1);
}
