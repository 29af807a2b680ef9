import type { PullProgress } from './engine-types';

/** Adds up what the engine tells of each layer while it pulls (`Downloading`) or pushes (`Pushing`). */
export class LayerProgress {
  private readonly layers = new Map<string, PullProgress>();

  constructor(private readonly status: 'Downloading' | 'Pushing') {}

  /** @returns the sum over all layers when the entry tells of one, else undefined. */
  note(entry: Record<string, unknown>): PullProgress | undefined {
    const { id, progressDetail } = entry;
    if (typeof id !== 'string' || typeof progressDetail !== 'object' || progressDetail === null)
      return undefined;
    const done: unknown = 'current' in progressDetail ? progressDetail.current : undefined;
    const total: unknown = 'total' in progressDetail ? progressDetail.total : undefined;
    if (typeof done !== 'number' || typeof total !== 'number' || entry['status'] !== this.status)
      return undefined;
    // What is pushed is a little more than the engine foretells: it counts the frame around each file too.
    this.layers.set(id, { doneBytes: done, totalBytes: Math.max(done, total) });
    return this.sum();
  }

  private sum(): PullProgress {
    let doneBytes = 0;
    let totalBytes = 0;
    for (const layer of this.layers.values()) {
      doneBytes += layer.doneBytes;
      totalBytes += layer.totalBytes;
    }
    return { doneBytes, totalBytes };
  }
}
