import type { LabelledSnapshot } from '../engine/labels';
import type { RestoreDefaults, SnapshotRecord, VolumeCopyRecord } from '../store/records';
import { isMountPath } from '../sandboxes/volume-rules';
import { member } from './archive-reader';

const MAX_NAME_LENGTH = 200;

/**
 * What the labels of an image tell of its snapshot, as far as it has the right form: labels of an image that came
 * from elsewhere may say anything.
 */
export function readStory(story: Record<string, unknown>): Partial<LabelledSnapshot> {
  const defaults = restoreDefaultsOf(story['restoreDefaults']);
  const createdAt = timeOf(story['createdAt']);
  const copies = volumeCopiesOf(story['volumeCopies']);
  return {
    ...texts(story, ['sandboxId', 'sandboxName', 'name', 'parentSnapshotId', 'baseImage']),
    ...texts(story, ['previousSnapshotId', 'containerId']),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(defaults === undefined ? {} : { restoreDefaults: defaults }),
    ...(story['flattened'] === true ? { flattened: true } : {}),
    ...(copies.length === 0 ? {} : { volumeCopies: copies }),
  };
}

/** What an export keeps of a record beyond the labels: what people changed since, and what only the capture knew. */
export type TravellingFacts = Partial<
  Pick<
    SnapshotRecord,
    'name' | 'notes' | 'labels' | 'pinned' | 'ownSizeBytes' | 'captureMillis' | 'freezeMillis'
  >
> & {
  /** How many paths were left out on the way, and how many texts beside the layers. */
  leftOutPaths?: number;
  leftOutTexts?: number;
};

export function travellingFacts(record: SnapshotRecord): TravellingFacts {
  const { name, notes, labels, pinned, ownSizeBytes, captureMillis, freezeMillis } = record;
  return {
    pinned,
    ...(name === undefined ? {} : { name }),
    ...(notes === undefined ? {} : { notes }),
    ...(labels === undefined ? {} : { labels }),
    ...(ownSizeBytes === undefined ? {} : { ownSizeBytes }),
    ...(captureMillis === undefined ? {} : { captureMillis }),
    ...(freezeMillis === undefined ? {} : { freezeMillis }),
  };
}

/** The same back from an archive, as far as it has the right form. */
export function readTravellingFacts(value: unknown): TravellingFacts {
  const facts: Record<string, unknown> = {};
  for (const key of ['ownSizeBytes', 'captureMillis', 'freezeMillis', 'leftOutPaths', 'leftOutTexts']) {
    const number = countOf(member(value, key));
    if (number !== undefined) facts[key] = number;
  }
  const name = member(value, 'name');
  const notes = member(value, 'notes');
  const labels = stringMapOf(member(value, 'labels'));
  return {
    ...facts,
    pinned: member(value, 'pinned') === true,
    ...(typeof name === 'string' ? { name: name.slice(0, MAX_NAME_LENGTH) } : {}),
    ...(typeof notes === 'string' ? { notes } : {}),
    ...(labels === undefined ? {} : { labels }),
  };
}

function volumeCopiesOf(value: unknown): VolumeCopyRecord[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each: unknown): VolumeCopyRecord[] => {
    const { name, source, mountPath } = texts(each, ['name', 'source', 'mountPath']);
    const slot = countOf(member(each, 'slot'));
    const sizeBytes = countOf(member(each, 'sizeBytes'));
    if (slot === undefined || sizeBytes === undefined || name === undefined || source === undefined)
      return [];
    if (mountPath === undefined || !isMountPath(mountPath)) return [];
    return [{ slot, name, source, mountPath, readOnly: member(each, 'readOnly') === true, sizeBytes }];
  });
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function restoreDefaultsOf(value: unknown): RestoreDefaults | undefined {
  const entrypoint = stringsOf(member(value, 'entrypoint'));
  const envNames = stringsOf(member(value, 'envNames'));
  const resourceLimits = stringMapOf(member(value, 'resourceLimits'));
  if (entrypoint === undefined || envNames === undefined || resourceLimits === undefined) return undefined;
  return { entrypoint, envNames, resourceLimits };
}

function stringMapOf(value: unknown): Record<string, string> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(entries);
}

function timeOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || Number.isNaN(Date.parse(value))) return undefined;
  return new Date(value).toISOString();
}

function stringsOf(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : undefined;
}

function texts<Key extends string>(from: unknown, keys: Key[]): Partial<Record<Key, string>> {
  const found: Partial<Record<Key, string>> = {};
  for (const key of keys) {
    const value = member(from, key);
    if (typeof value === 'string') found[key] = value;
  }
  return found;
}
