import { CPU, MEMORY, usageFigures, usageSeries, type Measure } from '../model/usage';
import type { Metrics } from '../../src-main/http/schemas/metrics';
import { useOutage } from '../state/connection';
import styles from './UsageLine.module.css';

const WIDTH = 56;
const HEIGHT = 20;
const SHOWN_READINGS = 60;

/** What a sandbox uses now, with the last minute as a small line. */
export function UsageLine({ readings }: { readings: readonly Metrics[] }) {
  const outage = useOutage();
  if (readings.length === 0) return <>{outage ?? 'Waiting for the first reading…'}</>;
  return (
    <>
      <Line measure={CPU} readings={readings} />
      <Line measure={MEMORY} readings={readings} />
    </>
  );
}

function Line({ measure, readings }: { measure: Measure; readings: readonly Metrics[] }) {
  const figures = usageFigures(readings, measure);
  const recent = readings.slice(-SHOWN_READINGS);
  const last = recent.at(-1);
  if (figures === undefined || last === undefined) return null;
  const [, values] = usageSeries(recent, measure);
  const step = WIDTH / (SHOWN_READINGS - 1);
  const height = (value: number | null): number =>
    HEIGHT - 1 - ((value ?? 0) / measure.limit(last)) * (HEIGHT - 2);
  const points = values.map((value, at) => `${(at * step).toFixed(1)},${height(value).toFixed(1)}`).join(' ');
  return (
    <span className={styles.line}>
      <svg
        width={WIDTH}
        height={HEIGHT}
        viewBox={`0 0 ${String(WIDTH)} ${String(HEIGHT)}`}
        className={styles.chart}
        aria-hidden
      >
        <polyline points={points} className={styles.stroke} />
      </svg>
      <span>
        {measure.name} <span className={styles.figure}>{figures.now}</span> of{' '}
        <span className={styles.figure}>{figures.limit}</span>
      </span>
    </span>
  );
}
