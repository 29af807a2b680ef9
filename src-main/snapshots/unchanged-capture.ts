import type { DockerEngine } from '../engine/docker-engine';
import type { ImageFacts } from '../engine/engine-types';
import type { CommitRequest } from '../engine/images';
import { readLabels } from '../engine/labels';

/** Containers of which it is remembered that they have changed something; each takes some 100 bytes. */
const REMEMBERED = 1024;

/** Containers that are known to have changed something: no capture looks at those again. */
export class ChangedContainers {
  private readonly known = new Set<string>();

  has(containerId: string): boolean {
    return this.known.has(containerId);
  }

  note(containerId: string): void {
    this.known.add(containerId);
    const [oldest] = this.known;
    if (this.known.size > REMEMBERED && oldest !== undefined) this.known.delete(oldest);
  }
}

/**
 * Commits a container without freezing it, for the case that it has changed nothing (docs/decisions/021). What has no
 * layer of its own is of one moment: that in which the engine found nothing to put into one.
 * @param request without a tag: what turns out to be of no single moment must never have had the snapshot's name.
 * @returns undefined when something has changed: only a freeze captures that
 */
export async function commitUnchanged(
  engine: DockerEngine,
  changed: ChangedContainers,
  base: ImageFacts,
  request: Omit<CommitRequest, 'tag'>,
): Promise<ImageFacts | undefined> {
  const { containerId } = request;
  if (changed.has(containerId)) return undefined;
  // A guess: what only deletes files, or changes their modes, has written nothing either.
  if ((await engine.filesystems.writtenBytes(containerId)) === 0) {
    const id = await engine.images.commit({ ...request, frozenBy: 'nobody' });
    const made = await engine.images.inspect(id);
    if (made !== undefined && addsNothing(made, base)) return made;
    await engine.images.remove(id, true);
  }
  changed.note(containerId);
  return undefined;
}

/** Whether an image has the very layers of another. */
export function addsNothing(image: ImageFacts, base: ImageFacts): boolean {
  const { layers } = image;
  return layers.length === base.layers.length && layers.every((layer, index) => layer === base.layers[index]);
}

/** Whether an unnamed image of a capture comes from {@link commitUnchanged}: only those are labelled as what they are to be. */
export function isOfUnfrozen(unnamed: ImageFacts): boolean {
  return readLabels(unnamed.config.Labels ?? {})?.kind === 'snapshot';
}
