/** What was measured with one number of snapshots. */
export interface Growth {
  size: number;
  /** Median milliseconds by kind of work. */
  values: Record<string, number>;
  /** Resident memory of the server after all of it. */
  memoryMib: number;
}

const MEMORY = 'resident memory';

/** One row per kind of work, one column per number of snapshots. */
export function growthTable(found: readonly Growth[]): string {
  const rows = seriesOf(found).map(({ name, unit, values }) => [name, ...values.map(shown), unit]);
  const head = ['work', ...found.map(({ size }) => `at ${size.toLocaleString('en')}`), 'unit'];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A plot per kind of work, drawn by whatever shows the Markdown (Mermaid). */
export function curves(found: readonly Growth[]): string {
  const sizes = found.map(({ size }) => `"${size.toLocaleString('en')}"`).join(', ');
  return seriesOf(found)
    .map(({ name, unit, values }) => {
      const top = Math.max(...values) * 1.1;
      return [
        '```mermaid',
        'xychart-beta',
        `  title "${name}"`,
        `  x-axis "snapshots" [${sizes}]`,
        `  y-axis "${unit}" 0 --> ${shown(top)}`,
        `  line [${values.map(shown).join(', ')}]`,
        '```',
      ].join('\n');
    })
    .join('\n\n');
}

interface Series {
  name: string;
  unit: string;
  values: number[];
}

function seriesOf(found: readonly Growth[]): Series[] {
  const names = Object.keys(found[0]?.values ?? {});
  return [
    ...names.map((name) => ({ name, unit: 'ms', values: found.map(({ values }) => values[name] ?? NaN) })),
    { name: MEMORY, unit: 'MiB', values: found.map(({ memoryMib }) => memoryMib) },
  ];
}

function shown(value: number): string {
  return value.toFixed(value < 10 ? 2 : 0);
}
