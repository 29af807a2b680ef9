import { useCallback } from 'react';
import type { Task } from '../../src-main/http/schemas/desktop';
import { errorMessage } from '../api/api-error';
import { cancelTask } from '../api/desktop-api';
import { taskProgress } from '../model/task-progress';
import { useClock } from '../state/clock';
import { showToast } from '../state/toasts';
import { Button } from './Button';
import { ProgressLine } from './ProgressLine';
import { StateBadge } from './StateBadge';
import styles from './TaskProgress.module.css';

/** One task: what, how far, and the way to stop it. */
export function TaskProgress({ task }: { task: Task }) {
  // A new second draws the words again; the task itself draws the rest.
  const now = useClock(useCallback((time: number) => (task.state === 'Running' ? time : 0), [task.state]));
  const running = task.state === 'Running';
  const view = taskProgress(task, now);
  const cancel = (): void =>
    void cancelTask(task.id).catch((error: unknown) =>
      showToast({ tone: 'error', message: errorMessage(error) }),
    );
  return (
    <div className={styles.row}>
      <StateBadge state={task.state} />
      <span className={styles.title} title={task.title}>
        {task.title}
      </span>
      {running && <ProgressLine label={task.title} fraction={view.fraction} text={view.text} />}
      {running && <Button onClick={cancel}>Cancel</Button>}
      {task.error !== undefined && <p className={styles.error}>{task.error.message}</p>}
    </div>
  );
}
