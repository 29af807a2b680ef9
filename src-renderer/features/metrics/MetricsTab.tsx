import 'uplot/dist/uPlot.min.css';
import type { DesktopSandbox } from '../../../src-main/http/schemas/desktop';
import type { Metrics } from '../../../src-main/http/schemas/metrics';
import { Banner } from '../../components/Banner';
import { Card } from '../../components/Card';
import { StoppedNotice } from '../../components/StoppedNotice';
import { useMetrics } from '../../components/use-metrics';
import { CPU, MEMORY, usageFigures, type Measure } from '../../model/usage';
import styles from './MetricsTab.module.css';
import { UsageChart } from './UsageChart';

/** What a sandbox uses now and used in the last minutes, as long as somebody looks. */
export function MetricsTab({ item }: { item: DesktopSandbox }) {
  const isRunning = item.sandbox.status.state === 'Running';
  const { readings, failure } = useMetrics(item.sandbox.id, isRunning);
  return (
    <div className="scroll-area">
      <div className={styles.tab}>
        {!isRunning && (
          <StoppedNotice
            item={item}
            paused="It uses no CPU meanwhile; its memory stays taken. The charts go on when it is resumed."
            waiting="The charts begin once it runs."
            ended="It uses nothing any more."
          />
        )}
        {isRunning && failure !== undefined && (
          <Banner tone="warning">Nothing comes at the moment: {failure} It is tried again.</Banner>
        )}
        <Usage measure={CPU} readings={readings} isRunning={isRunning} />
        <Usage measure={MEMORY} readings={readings} isRunning={isRunning} />
      </div>
    </div>
  );
}

interface UsageProps {
  measure: Measure;
  readings: readonly Metrics[];
  isRunning: boolean;
}

function Usage({ measure, readings, isRunning }: UsageProps) {
  const figures = usageFigures(readings, measure);
  return (
    <Card title={measure.name}>
      {figures === undefined ? (
        <p className={styles.muted}>
          {isRunning ? 'Waiting for the first reading…' : 'Nothing was read while it ran.'}
        </p>
      ) : (
        <>
          <dl className={styles.figures}>
            <Figure name={isRunning ? 'Now' : 'Last'} value={figures.now} />
            <Figure name="Peak" value={figures.peak} />
            <Figure name="Mean" value={figures.mean} />
            <Figure name="Limit" value={figures.limit} />
          </dl>
          <UsageChart measure={measure} readings={readings} />
        </>
      )}
    </Card>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div className={styles.figure}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
