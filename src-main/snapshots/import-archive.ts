import type { Readable } from 'node:stream';
import tar from 'tar-stream';
import { asError } from '../errors';
import type { DockerEngine } from '../engine/docker-engine';
import type { ImageFacts } from '../engine/engine-types';
import { LABEL_FACTS, OWN_LABELS, readLabels, snapshotLabels } from '../engine/labels';
import { nowIso } from '../ids';
import type { SnapshotRecord } from '../store/records';
import { RECORD_ANNOTATION, damaged, digestOf, foreign } from './archive-format';
import { member, readImageArchive, type ArchiveImage } from './archive-reader';
import { dockerManifest } from './archive-writer';
import { readStory, readTravellingFacts, type TravellingFacts } from './labelled-record';
import { snapshotImageName } from './snapshot-tag';
import { readableOf } from '../engine/tar-streams';
import { asNotCaptured } from './volume-capture';

/** Ids of this product: they become part of image names, so nothing else will do. */
const SNAPSHOT_ID = /^snap_[0-9a-z]{10,40}$/;

export interface ImportOptions {
  /** Owner of what is imported, from now on. */
  instanceId: string;
  /** Called once everything in the archive is known to be right, before the engine can make an image of it. */
  admit: (record: SnapshotRecord) => Promise<void>;
}

/**
 * Streams an archive into the engine. The engine makes an image only of a whole archive, and the manifest that makes
 * it whole is ours and comes last, after every check. So whatever fails before leaves nothing, a crash of this
 * process included. The image gets our instance's label and the snapshot's present name: it is ours as if it had
 * been taken here, and survives a loss of the store.
 * @returns the record, and the image that the engine has now.
 * @throws AppError `SNAPSHOT::ARCHIVE_DAMAGED`, `SNAPSHOT::ARCHIVE_FOREIGN`, or what `admit` throws
 */
export async function importArchive(
  source: Readable,
  engine: DockerEngine,
  options: ImportOptions,
): Promise<{ record: SnapshotRecord; image: ImageFacts }> {
  const out = tar.pack();
  const archive = readableOf(out);
  const loading = engine.images.load(archive);
  // Reported below; when the reading fails first, the loading fails with it.
  loading.catch(() => undefined);
  // An engine that gives up stops reading: without this the writing would wait for it for ever.
  const refused = loading.then(
    () => new Promise<never>(() => undefined),
    (error: unknown) => {
      out.destroy();
      throw error;
    },
  );
  refused.catch(() => undefined);
  let record: SnapshotRecord;
  try {
    record = await Promise.race([writeChecked(source, out, options, engine), refused]);
  } catch (error) {
    out.destroy(asError(error));
    await loading.catch(() => undefined);
    throw error;
  }
  await loading;
  const image = await engine.images.inspect(record.imageTag);
  if (image === undefined) throw damaged('the engine made no image of it');
  return { record, image };
}

async function writeChecked(
  source: Readable,
  out: tar.Pack,
  { instanceId, admit }: ImportOptions,
  engine: DockerEngine,
): Promise<SnapshotRecord> {
  let count = 0;
  const nameOf = () => `layers/${String((count += 1))}.tar`;
  const image = await readImageArchive(source, { out, nameOf });
  const record = recordOf(image, engine.info.id);
  await admit(record);
  const config = ownedConfig(image.config, snapshotLabels(record, instanceId, 'snapshot'));
  const name = `${digestOf(config).replace('sha256:', '')}.json`;
  out.entry({ name }, config);
  out.entry({ name: 'manifest.json' }, dockerManifest(name, image.layers, record.imageTag));
  out.finalize();
  return record;
}

/** The snapshot as its labels tell it, brought up to date by what the archive says beside them. */
function recordOf(image: ArchiveImage, engineId: string): SnapshotRecord {
  const read = readLabels(labelsOf(image.config));
  if (read?.kind !== 'snapshot') throw foreign('its image has no labels of a snapshot');
  const { sandboxId, createdAt, volumeCopies, ...story } = readStory(read.story);
  if (!SNAPSHOT_ID.test(read.id) || sandboxId === undefined)
    throw foreign('the labels of its image do not tell which snapshot it is');
  const { leftOutPaths, leftOutTexts, ...facts } = factsIn(image);
  return {
    id: read.id,
    engineId,
    sandboxId,
    state: 'Ready',
    reason: 'snapshot_imported',
    message: importedMessage(leftOutPaths, leftOutTexts),
    createdAt: createdAt ?? nowIso(),
    lastTransitionAt: nowIso(),
    imageTag: snapshotImageName(read.id),
    restoreDefaults: { entrypoint: [], resourceLimits: {}, envNames: [] },
    pinned: false,
    origin: 'local',
    restoredCount: 0,
    ...story,
    ...facts,
    // An archive holds one image: volumes stay where they were copied.
    ...(volumeCopies === undefined ? {} : { notCaptured: asNotCaptured(volumeCopies) }),
  };
}

function importedMessage(paths = 0, texts = 0): string {
  const counts = [counted(paths, 'path'), counted(texts, 'text')].filter((each) => each !== undefined);
  if (counts.length === 0) return 'Imported from an archive.';
  const verb = paths + texts === 1 ? 'was' : 'were';
  return `Imported from an archive. ${counts.join(' and ')} ${verb} left out of it when it was made.`;
}

function counted(count: number, what: string): string | undefined {
  return count === 0 ? undefined : `${count} ${what}${count === 1 ? '' : 's'}`;
}

function factsIn(image: ArchiveImage): TravellingFacts {
  const config = digestOf(image.config);
  const manifest = image.documents.find((each) => member(member(each, 'config'), 'digest') === config);
  const text =
    member(member(manifest, 'annotations'), RECORD_ANNOTATION) ?? labelsOf(image.config)[LABEL_FACTS];
  if (typeof text !== 'string') return {};
  try {
    return readTravellingFacts(JSON.parse(text));
  } catch (error) {
    throw damaged('what it says about the snapshot cannot be read', error);
  }
}

function labelsOf(config: Buffer): Record<string, string> {
  const labels = member(member(JSON.parse(config.toString('utf8')), 'config'), 'Labels');
  if (typeof labels !== 'object' || labels === null) return {};
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** The configuration as it came, but for our labels. */
function ownedConfig(config: Buffer, labels: Record<string, string>): Buffer {
  // The reader has parsed it before: it is an object with the members of an OCI configuration.
  const parsed = JSON.parse(config.toString('utf8')) as {
    config?: { Labels?: Record<string, string> | null };
  };
  const others = Object.entries(parsed.config?.Labels ?? {}).filter(([name]) => !OWN_LABELS.includes(name));
  const owned = { ...parsed.config, Labels: { ...Object.fromEntries(others), ...labels } };
  return Buffer.from(JSON.stringify({ ...parsed, config: owned }));
}
