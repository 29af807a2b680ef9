import { Download, FileUp, PackagePlus } from 'lucide-react';
import { useRef, useState } from 'react';
import type { Task } from '../../../src-main/http/schemas/desktop';
import { errorMessage } from '../../api/api-error';
import { importImage, makeStarterImage, pullImage } from '../../api/desktop-api';
import { Banner } from '../../components/Banner';
import { Button } from '../../components/Button';
import { TextField } from '../../components/Field';
import { TaskProgress } from '../../components/TaskProgress';
import type { EntityState } from '../../state/entity-state';
import { loadImages } from '../../state/images';
import { applyTaskChanges, taskEnd, useTasks } from '../../state/tasks';
import styles from './GetImage.module.css';

interface GetImageProps {
  hasImages: boolean;
  /** False while the list of images is still being read. */
  isKnown: boolean;
  /** An image is there now. */
  onReady: (name: string) => void;
}

/** Pull by name, import a root filesystem tar, or make the starter image; with progress. */
export function GetImage({ hasImages, isKnown, onReady }: GetImageProps) {
  const [name, setName] = useState('');
  const [taskId, setTaskId] = useState<string>();
  const [uploading, setUploading] = useState(false);
  const [error, setError] = useState<string>();
  const file = useRef<HTMLInputElement>(null);
  const task = useTasks((state) => (taskId === undefined ? runningImport(state) : state.byId[taskId]));
  const busy = uploading || task?.state === 'Running';

  const start = async (begin: () => Promise<Task>): Promise<void> => {
    setError(undefined);
    try {
      const begun = await begin();
      if (useTasks.getState().byId[begun.id] === undefined)
        applyTaskChanges([{ id: begun.id, value: begun }]);
      setTaskId(begun.id);
      const image = (await taskEnd(begun.id)).result?.['image'];
      if (typeof image !== 'string') return;
      setName('');
      await loadImages();
      onReady(image);
    } catch (failure) {
      setError(errorMessage(failure));
    }
  };
  const upload = async (chosen: File): Promise<void> => {
    setUploading(true);
    setTaskId(undefined);
    await start(() => importImage(imageNameFor(name, chosen.name), chosen));
    setUploading(false);
  };

  return (
    <details className={styles.box} open={isKnown && !hasImages}>
      <summary className={styles.summary}>{hasImages ? 'Get another image' : 'Get a first image'}</summary>
      <div className={styles.body}>
        {isKnown && !hasImages && (
          <p className={styles.hint}>
            This engine has no image yet. The starter image is small and made from what this machine has,
            without network.
          </p>
        )}
        <div className={styles.row}>
          <TextField
            label="Image name"
            placeholder="python:3.12-slim"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <Button
            icon={Download}
            disabled={busy || name.trim() === ''}
            onClick={() => void start(() => pullImage({ uri: name.trim() }))}
          >
            Pull
          </Button>
        </div>
        <div className={styles.buttons}>
          <Button icon={FileUp} disabled={busy} onClick={() => file.current?.click()}>
            Import a root filesystem tar…
          </Button>
          <Button icon={PackagePlus} disabled={busy} onClick={() => void start(makeStarterImage)}>
            Make the starter image
          </Button>
          <input
            ref={file}
            type="file"
            hidden
            aria-label="Root filesystem tar"
            accept=".tar,application/x-tar"
            onChange={(event) => {
              const chosen = event.target.files?.[0];
              if (chosen !== undefined) void upload(chosen);
              event.target.value = '';
            }}
          />
        </div>
        {uploading && task === undefined && <p role="status">Uploading…</p>}
        {task !== undefined && <TaskProgress task={task} />}
        {error !== undefined && <Banner tone="error">{error}</Banner>}
      </div>
    </details>
  );
}

/** An upload is answered when it is over; until then its task is known from the events alone. */
function runningImport(state: EntityState<Task>): Task | undefined {
  const id = state.order.find((one) => isRunningImport(state.byId[one]));
  return id === undefined ? undefined : state.byId[id];
}

function isRunningImport(task: Task | undefined): boolean {
  return task?.kind === 'image.import' && task.state === 'Running';
}

/** The name that was typed, else one made from the file's. */
function imageNameFor(typed: string, fileName: string): string {
  if (typed.trim() !== '') return typed.trim();
  const base = fileName
    .toLowerCase()
    .replace(/\.tar(\.\w+)?$|\.t[gx]z$/, '')
    .replace(/[^a-z0-9._-]+/g, '-');
  return `${base.replace(/^[._-]+|[._-]+$/g, '') || 'imported'}:latest`;
}
