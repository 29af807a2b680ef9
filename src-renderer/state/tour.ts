import { create } from 'zustand';
import { errorMessage } from '../api/api-error';
import { runCommand } from '../api/command-api';
import { makeStarterImage, rollBackSandbox } from '../api/desktop-api';
import { createSnapshot } from '../api/lifecycle-api';
import { settleAll } from '../model/settle-all';
import { BREAKING_COMMAND, SAMPLE_SCRIPT, TOUR_PHASES, tourPhase, type TourPhase } from '../model/tour';
import { loadImages, useImages } from './images';
import { create as createSandbox, remove as removeSandbox } from './sandbox-commands';
import { useSandboxes } from './sandboxes';
import { remove as removeSnapshot } from './snapshot-commands';
import { snapshotEnd, useSnapshots } from './snapshots';
import { endOfTask } from './tasks';

const STORAGE_KEY = 'tour';
const STARTER = 'opensandbox/starter';
/** By this the sample is found again, also after the page was loaded anew. */
const MARK = { name: 'sample', tour: 'sample' };
const LIMITS = { cpu: '500m', memory: '256Mi' };
export const SAMPLE_SNAPSHOT = 'All is well';

interface Tour {
  readonly noted: TourPhase;
  readonly startedAt: number;
  readonly endedAt: number;
  /** The step that runs now, by the phase that it began in. */
  readonly running: TourPhase | undefined;
  /** Why the last step failed. */
  readonly error: string | undefined;
}

export const useTour = create<Tour>(() => ({ ...read(), running: undefined, error: undefined }));

/** The sample sandbox that exists now. */
export function useSampleId(): string | undefined {
  return useSandboxes((state) =>
    state.order.find((id) => {
      const sandbox = state.byId[id]?.sandbox;
      return sandbox?.metadata?.['tour'] === MARK.tour && sandbox.status.state !== 'Stopping';
    }),
  );
}

/** The snapshot to go back to, once it is ready. */
export function useSampleSnapshotId(sampleId: string | undefined): string | undefined {
  return useSnapshots((state) =>
    state.order.find((id) => {
      const item = state.byId[id];
      const isIt = item?.snapshot.sandboxId === sampleId && item?.displayName === SAMPLE_SNAPSHOT;
      return isIt && item.snapshot.status.state === 'Ready';
    }),
  );
}

/** How far the tour is, by what was noted and by what exists. */
export function useTourPhase(): TourPhase {
  const { noted, running } = useTour();
  const sampleId = useSampleId();
  const snapshotId = useSampleSnapshotId(sampleId);
  return (
    running ?? tourPhase(noted, { hasSample: sampleId !== undefined, hasSnapshot: snapshotId !== undefined })
  );
}

export function makeSample(): Promise<void> {
  return step('start', 'made', async () => {
    note({ startedAt: Date.now() });
    const image = await starterImage();
    const entrypoint = ['sh', '-c', SAMPLE_SCRIPT];
    const body = { image: { uri: image }, entrypoint, resourceLimits: LIMITS, metadata: MARK };
    await arrival(await createSandbox(body));
  });
}

export function snapshotSample(sampleId: string): Promise<void> {
  return step('made', 'kept', async () => {
    const ended = await snapshotEnd((await createSnapshot(sampleId, SAMPLE_SNAPSHOT)).id);
    if (ended?.snapshot.status.state !== 'Ready')
      throw new Error(ended?.snapshot.status.message ?? 'The snapshot is gone.');
  });
}

export function breakSample(sampleId: string): Promise<void> {
  return step('kept', 'broken', async () => {
    await runCommand(sampleId, BREAKING_COMMAND);
  });
}

export function rollSampleBack(sampleId: string, snapshotId: string): Promise<void> {
  return step('broken', 'whole', async () => {
    const task = await endOfTask(await rollBackSandbox(sampleId, { snapshotId, safetySnapshot: true }));
    if (task.state !== 'Succeeded') throw new Error(task.error?.message ?? 'The roll back was cancelled.');
    note({ endedAt: Date.now() });
  });
}

/** Deletes the sample with all its snapshots; the tour can begin again. */
export function deleteSample(sampleId: string): Promise<void> {
  return step('whole', 'start', async () => {
    await removeSandbox(sampleId);
    const { byId, order } = useSnapshots.getState();
    const own = order.filter((id) => byId[id]?.snapshot.sandboxId === sampleId);
    await settleAll(own.map((id) => () => removeSnapshot(id)));
  });
}

async function step(phase: TourPhase, next: TourPhase, work: () => Promise<void>): Promise<void> {
  if (useTour.getState().running !== undefined) return;
  useTour.setState({ running: phase, error: undefined });
  try {
    await work();
    note({ noted: next });
  } catch (error) {
    useTour.setState({ error: errorMessage(error) });
  } finally {
    useTour.setState({ running: undefined });
  }
}

/** Resolves when the event that brings the sandbox is here, so that the next step finds it. */
function arrival(id: string): Promise<void> {
  return new Promise((resolve) => {
    if (id in useSandboxes.getState().byId) {
      resolve();
      return;
    }
    const stop = useSandboxes.subscribe(({ byId }) => {
      if (!(id in byId)) return;
      stop();
      resolve();
    });
  });
}

/** One that is there, else made from what this machine has. @throws Error that says what to install */
async function starterImage(): Promise<string> {
  await loadImages();
  const present = useImages.getState().order.find((name) => name.startsWith(STARTER));
  if (present !== undefined) return present;
  const { result, error } = await endOfTask(await makeStarterImage());
  const image = result?.image;
  if (typeof image !== 'string') throw new Error(error?.message ?? 'The starter image was not made.');
  return image;
}

function note(change: Partial<Pick<Tour, 'noted' | 'startedAt' | 'endedAt'>>): void {
  useTour.setState(change);
  const { noted, startedAt, endedAt } = useTour.getState();
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify({ noted, startedAt, endedAt }));
  } catch {
    // Storage may be denied: then the tour goes on from what exists.
  }
}

function read(): Pick<Tour, 'noted' | 'startedAt' | 'endedAt'> {
  try {
    const stored = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '{}') as Partial<Record<string, unknown>>;
    const noted = TOUR_PHASES.find((phase) => phase === stored['noted']) ?? 'start';
    return { noted, startedAt: Number(stored['startedAt'] ?? 0), endedAt: Number(stored['endedAt'] ?? 0) };
  } catch {
    return { noted: 'start', startedAt: 0, endedAt: 0 };
  }
}
