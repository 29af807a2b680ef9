import { useShallow } from 'zustand/react/shallow';
import { TaskProgress } from '../../components/TaskProgress';
import { useTasks } from '../../state/tasks';
import styles from './RunningTransfers.module.css';

/** Exports and imports under way, above the list. */
export function RunningTransfers() {
  const running = useTasks(
    useShallow((state) =>
      state.order.flatMap((id) => {
        const task = state.byId[id];
        const isTransfer = task?.kind === 'snapshot.export' || task?.kind === 'snapshot.import';
        return isTransfer && task.state === 'Running' ? [task] : [];
      }),
    ),
  );
  if (running.length === 0) return null;
  return (
    <section className={styles.card} aria-label="Running exports and imports">
      {running.map((task) => (
        <TaskProgress key={task.id} task={task} />
      ))}
    </section>
  );
}
