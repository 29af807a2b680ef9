import type { Task } from '../../src-main/http/schemas/desktop';
import { timedProgress, type ProgressView } from './capture-progress';
import { formatBytes } from './format-size';

/** What to show for a task: by its own measure when it has a total, else by time. */
export function taskProgress(task: Task, now: number): ProgressView {
  const { done, total, unit } = task.progress;
  if (total !== undefined && total > 0) {
    const words =
      unit === 'bytes'
        ? `${formatBytes(done)} of ${formatBytes(total)}`
        : `${String(done)} of ${String(total)} ${unit}`;
    return { fraction: Math.min(1, done / total), text: words };
  }
  if (unit === 'bytes' && done > 0) return { text: formatBytes(done) };
  return timedProgress({ startedAt: task.startedAt, predictedMillis: task.predictedMillis }, now);
}
