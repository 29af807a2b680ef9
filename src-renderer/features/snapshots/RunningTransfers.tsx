import { useShallow } from 'zustand/react/shallow';
import type { Task } from '../../../src-main/http/schemas/desktop';
import { TaskProgress } from '../../components/TaskProgress';
import { useTasks } from '../../state/tasks';
import styles from './RunningTransfers.module.css';

const TRANSFERS: ReadonlySet<string> = new Set<Task['kind']>([
  'snapshot.export',
  'snapshot.import',
  'snapshot.push',
  'snapshot.pull',
]);

/** Snapshots on their way out and in, above the list. */
export function RunningTransfers() {
  const running = useTasks(
    useShallow((state) =>
      state.order.flatMap((id) => {
        const task = state.byId[id];
        return task?.state === 'Running' && TRANSFERS.has(task.kind) ? [task] : [];
      }),
    ),
  );
  if (running.length === 0) return null;
  return (
    <section className={styles.card} aria-label="Running transfers">
      {running.map((task) => (
        <TaskProgress key={task.id} task={task} />
      ))}
    </section>
  );
}
