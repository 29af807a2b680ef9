import type { Logger } from 'pino';
import type { ActivityLog } from '../activity/activity-log';
import type { Changes } from '../activity/changes';
import { AppError, messageOf } from '../errors';
import { followId, newId, nowIso } from '../ids';
import type { Collection } from '../store/state-store';
import type { ActivityCause, TaskKind, TaskRecord, TaskResult } from '../store/records';

const MAX_FINISHED = 100;
/** Progress is told at most this often; the end always is. */
const PROGRESS_INTERVAL_MS = 100;

export interface TaskHandle {
  readonly signal: AbortSignal;
  readonly report: (progress: TaskRecord['progress']) => void;
}

export interface TaskStart {
  kind: TaskKind;
  title: string;
  unit: TaskRecord['progress']['unit'];
  cause: ActivityCause;
}

/** Work that outlives a request: its progress, its end, and a durable record of both. */
export class TaskService {
  private readonly running = new Map<string, AbortController>();
  private readonly lastTold = new Map<string, number>();
  /** Tasks whose end the disk refused. */
  private readonly unrecorded = new Map<string, TaskRecord>();

  constructor(
    private readonly records: Collection<TaskRecord>,
    private readonly activity: ActivityLog,
    private readonly changes: Changes,
    private readonly logger: Logger,
  ) {
    const [newest] = this.list();
    // Otherwise the newest task would count as the oldest, and be dropped.
    if (newest !== undefined) followId(newest.id);
  }

  get runningCount(): number {
    return this.running.size;
  }

  /** Newest first. */
  list(): TaskRecord[] {
    return [...this.records.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  find(id: string): TaskRecord | undefined {
    return this.records.get(id);
  }

  /** @throws AppError 404 `TASK::NOT_FOUND` */
  get(id: string): TaskRecord {
    const record = this.records.get(id);
    if (record !== undefined) return record;
    throw new AppError(
      404,
      'TASK::NOT_FOUND',
      `There is no task ${id}. Finished tasks are kept for a while only.`,
    );
  }

  /**
   * Starts work and answers with its record as soon as that is on disk.
   * @param work resolves with what the task made; its rejection is the task's failure.
   */
  async start(
    start: TaskStart,
    work: (handle: TaskHandle) => Promise<TaskResult>,
  ): Promise<{ task: TaskRecord; finished: Promise<TaskRecord> }> {
    const predictedMillis = this.predict(start.kind);
    const task: TaskRecord = {
      id: newId('task'),
      kind: start.kind,
      title: start.title,
      state: 'Running',
      progress: { done: 0, unit: start.unit },
      startedAt: nowIso(),
      ...(predictedMillis === undefined ? {} : { predictedMillis }),
    };
    // Whoever sees the task may cancel it, also while its record is on the way to the disk.
    const asked = new AbortController();
    this.running.set(task.id, asked);
    try {
      await this.save(task);
    } catch (error) {
      this.running.delete(task.id);
      throw error;
    }
    const controller = new AbortController();
    const finished = this.run(task, work, controller, start.cause);
    // The work hears of it only once it listens.
    if (asked.signal.aborted) controller.abort();
    else asked.signal.addEventListener('abort', () => controller.abort(), { once: true });
    return { task, finished };
  }

  /** @throws AppError 409 when it is over already */
  cancel(id: string): TaskRecord {
    const task = this.get(id);
    const controller = this.running.get(id);
    if (controller === undefined) {
      throw new AppError(
        409,
        'TASK::NOT_RUNNING',
        `Task ${id} is ${task.state} already, so there is nothing to cancel.`,
      );
    }
    controller.abort();
    return task;
  }

  /** Ends the records of tasks that a crash cut off. */
  async settleInterrupted(): Promise<void> {
    for (const task of [...this.records.values()]) {
      if (task.state !== 'Running') continue;
      await this.save({
        ...task,
        state: 'Failed',
        finishedAt: nowIso(),
        error: {
          code: 'TASK::INTERRUPTED',
          message: 'The server stopped before this was done. Start it again.',
        },
      });
    }
  }

  /** Records the ends of tasks that could not be written when they came. */
  async recordEnds(): Promise<void> {
    for (const [id, ended] of [...this.unrecorded]) {
      await this.save(ended);
      this.unrecorded.delete(id);
    }
  }

  stop(): void {
    for (const controller of this.running.values()) controller.abort();
  }

  private async run(
    task: TaskRecord,
    work: (handle: TaskHandle) => Promise<TaskResult>,
    controller: AbortController,
    cause: ActivityCause,
  ): Promise<TaskRecord> {
    const report = (progress: TaskRecord['progress']) => this.tell({ ...this.get(task.id), progress });
    let ended: TaskRecord;
    try {
      const result = await work({ signal: controller.signal, report });
      ended = { ...this.get(task.id), state: 'Succeeded', result, finishedAt: nowIso() };
    } catch (error) {
      const code = error instanceof AppError ? error.code : 'SANDBOX::UNKNOWN_ERROR';
      ended = {
        ...this.get(task.id),
        state: controller.signal.aborted ? 'Cancelled' : 'Failed',
        error: { code, message: messageOf(error) },
        finishedAt: nowIso(),
      };
    }
    this.running.delete(task.id);
    this.lastTold.delete(task.id);
    await this.save(ended).catch((error: unknown) => {
      this.unrecorded.set(task.id, ended);
      this.logger.error({ error }, 'the end of a task could not be recorded');
    });
    this.activity.note({
      cause,
      kind: `task.${ended.state.toLowerCase()}`,
      taskId: task.id,
      severity: ended.state === 'Failed' ? 'error' : 'info',
      message: `${task.title}: ${ended.error?.message ?? 'done'}`,
    });
    await this.dropOldest();
    return ended;
  }

  /** Progress lives in memory between the durable start and end. */
  private tell(task: TaskRecord): void {
    const now = performance.now();
    if (now - (this.lastTold.get(task.id) ?? 0) < PROGRESS_INTERVAL_MS) return;
    this.lastTold.set(task.id, now);
    this.save(task).catch((error: unknown) => this.logger.warn({ error }, 'progress could not be recorded'));
  }

  private async save(task: TaskRecord): Promise<void> {
    const writing = this.records.put(task);
    this.changes.emit('task', task);
    await writing;
  }

  private async dropOldest(): Promise<void> {
    const finished = this.list().filter((task) => task.state !== 'Running');
    for (const task of finished.slice(MAX_FINISHED)) await this.records.delete(task.id);
  }

  private predict(kind: TaskKind): number | undefined {
    const last = this.list().find((task) => task.kind === kind && task.state === 'Succeeded');
    if (last?.finishedAt === undefined) return undefined;
    return Date.parse(last.finishedAt) - Date.parse(last.startedAt);
  }
}
