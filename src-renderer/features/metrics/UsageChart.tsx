import { useEffect, useEffectEvent, useRef } from 'react';
import UPlot from 'uplot';
import type { Metrics } from '../../../src-main/http/schemas/metrics';
import { followTheme } from '../../components/page-theme';
import { usageSeries, usageText, type Measure } from '../../model/usage';
import styles from './MetricsTab.module.css';

const HEIGHT_PX = 180;
const AXIS_PX = 88;
const TIMES_PX = 32;
/** From one time to the next, so that they do not run into each other. */
const TIME_SPACE_PX = 88;
/** So much is shown even while less was read, so that the first minute does not rush by. */
const LEAST_SECONDS = 60;

interface UsageChartProps {
  measure: Measure;
  readings: readonly Metrics[];
}

/** A measure over time. The canvas is a picture; what it shows is its name, and the figures stand beside it. */
export function UsageChart({ measure, readings }: UsageChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(undefined);
  const fill = useEffectEvent((chart: UPlot): void => {
    chart.setData(usageSeries(readings, measure));
  });
  const build = useEffectEvent((box: HTMLDivElement): UPlot => {
    const limit = (): number => {
      const last = readings.at(-1);
      return last === undefined ? 1 : measure.limit(last);
    };
    return new UPlot(chartOptions(box, measure, limit()), usageSeries(readings, measure), box);
  });
  useEffect(() => {
    const box = host.current;
    if (box === null) return;
    const draw = (): void => {
      plot.current?.destroy();
      plot.current = build(box);
    };
    draw();
    const unfollow = followTheme(draw);
    const sizes = new ResizeObserver(() =>
      plot.current?.setSize({ width: box.clientWidth, height: HEIGHT_PX }),
    );
    sizes.observe(box);
    return () => {
      unfollow();
      sizes.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, []);
  useEffect(() => {
    if (plot.current !== undefined) fill(plot.current);
  }, [readings]);
  return (
    <div ref={host} className={styles.chart} role="img" aria-label={usageText(readings, measure)}>
      <span className={styles.ink} />
      <span className={styles.grid} />
    </div>
  );
}

function chartOptions(box: HTMLDivElement, measure: Measure, limit: number): UPlot.Options {
  const { color: ink, backgroundColor: tint } = getComputedStyle(
    box.querySelector(`.${styles.ink ?? ''}`) ?? box,
  );
  const { color: muted, backgroundColor: line } = getComputedStyle(
    box.querySelector(`.${styles.grid ?? ''}`) ?? box,
  );
  const { fontSize, fontFamily } = getComputedStyle(box);
  // Not its `font`, which is empty where ligatures are chosen: the shorthand cannot tell of them.
  const font = `${fontSize} ${fontFamily}`;
  const axis = { stroke: muted, font, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  return {
    width: box.clientWidth,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: true, range: shownTimes },
      y: { range: [0, limit] },
    },
    axes: [
      { ...axis, size: TIMES_PX, space: TIME_SPACE_PX, values: (_plot, times) => times.map(clock) },
      {
        ...axis,
        size: AXIS_PX,
        values: (_plot, values) => values.map(measure.format),
        ...(measure.steps === undefined ? {} : { incrs: measure.steps }),
      },
    ],
    series: [{}, { stroke: ink, fill: tint, width: 2, points: { show: false } }],
  };
}

/** Before the first reading there is no time to go by but now. */
function shownTimes(plot: UPlot, from: number, to: number): [number, number] {
  const now = Date.now() / 1000;
  return plot.data[0].length === 0 ? [now - LEAST_SECONDS, now] : [Math.min(from, to - LEAST_SECONDS), to];
}

/** `14:05:09`, local time. */
function clock(seconds: number): string {
  return new Date(seconds * 1000).toTimeString().slice(0, 8);
}
