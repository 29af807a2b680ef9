import { EventEmitter } from 'node:events';
import type { ActivityRecord, SettingsRecord, TaskRecord } from '../store/records';

interface ChangeEvents {
  /** A sandbox came, changed or went; listeners reread it. */
  sandbox: [id: string];
  /** After a silence, the engine has said what became of the sandbox's container. */
  spoken: [sandboxId: string];
  snapshot: [id: string];
  task: [record: TaskRecord];
  activity: [record: ActivityRecord];
  engine: [];
  images: [];
  settings: [record: SettingsRecord];
}

/** What changed, for whoever shows it live: services publish, the event stream listens. */
export class Changes extends EventEmitter<ChangeEvents> {}
