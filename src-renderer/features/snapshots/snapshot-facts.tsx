import { Link } from 'wouter';
import type { DesktopSnapshot } from '../../../src-main/http/schemas/desktop';
import { CopyableId } from '../../components/CopyableId';
import { formatBytes } from '../../model/format-size';
import { formatDuration, formatExact } from '../../model/format-time';
import { RULE_WORDS } from '../../model/rules-form';
import { joinWords } from '../../model/shell-words';
import { sandboxRoute, snapshotRoute } from '../../routes';
import { useSandbox } from '../../state/sandboxes';
import { useAddressedSnapshot, useIsMissing } from '../../state/snapshots';

/** All that is known of a snapshot, for the detail pane. */
export function snapshotFacts(item: DesktopSnapshot) {
  const { snapshot, restoreDefaults } = item;
  return [
    ['Id', <CopyableId key="id" id={snapshot.id} />],
    ['Source', <Source key="s" item={item} />],
    [
      'Parent',
      item.parentSnapshotId === undefined ? undefined : <Parent key="p" id={item.parentSnapshotId} />,
    ],
    ['Base image', item.baseImage],
    ['Taken', formatExact(snapshot.createdAt)],
    ['By rule', item.automatic === undefined ? undefined : RULE_WORDS[item.automatic]],
    ['Own size', item.ownSizeBytes === undefined ? undefined : formatBytes(item.ownSizeBytes)],
    ['Full size', item.sizeBytes === undefined ? undefined : formatBytes(item.sizeBytes)],
    ['Volumes', item.volumeCopies?.map(volumeText).join(', ')],
    ['Layers', item.layers === undefined ? undefined : layersText(item)],
    ['Capture', item.captureMillis === undefined ? undefined : captureText(item)],
    ['Children', item.childCount === 0 ? 'none' : String(item.childCount)],
    ['Sandboxes now', item.sandboxCount === 0 ? 'none' : String(item.sandboxCount)],
    ['Restored', restoredText(item)],
    ['Entrypoint', <code key="e">{joinWords(restoreDefaults.entrypoint)}</code>],
    [
      'Limits',
      Object.entries(restoreDefaults.resourceLimits)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    ],
    ['Environment', restoreDefaults.envNames.join(', ')],
    ['Image tag', <CopyableId key="tag" id={item.imageTag} what="image tag" />],
    [
      'Image id',
      item.imageId === undefined ? undefined : <CopyableId key="i" id={item.imageId} what="image id" />,
    ],
    ['Origin', item.readOnly ? 'another OpenSandbox server, read-only' : undefined],
  ] as const;
}

function volumeText(copy: NonNullable<DesktopSnapshot['volumeCopies']>[number]): string {
  return `${copy.source} at ${copy.mountPath}, ${formatBytes(copy.sizeBytes)}`;
}

function layersText(item: DesktopSnapshot): string {
  const flattened = item.flattened ? ', flattened' : '';
  return `${String(item.layers)} of at most ${String(item.layerLimit)}${flattened}`;
}

function captureText(item: DesktopSnapshot): string {
  return `${formatDuration(item.captureMillis ?? 0)}${freezeText(item.freezeMillis)}`;
}

function freezeText(millis: number | undefined): string {
  if (millis === undefined) return '';
  return millis === 0 ? ', without freezing the sandbox' : `, sandbox frozen for ${formatDuration(millis)}`;
}

function restoredText(item: DesktopSnapshot): string {
  if (item.restoredCount === 0) return 'never';
  const times = item.restoredCount === 1 ? 'once' : `${String(item.restoredCount)} times`;
  return item.lastRestoredAt === undefined ? times : `${times}, last ${formatExact(item.lastRestoredAt)}`;
}

function Source({ item }: { item: DesktopSnapshot }) {
  const { sandboxId } = item.snapshot;
  const sandbox = useSandbox(sandboxId);
  const name = item.sandboxName ?? sandboxId;
  return sandbox === undefined ? <>{name} (deleted)</> : <Link href={sandboxRoute(sandboxId)}>{name}</Link>;
}

function Parent({ id }: { id: string }) {
  const name = useAddressedSnapshot(id)?.displayName;
  const isMissing = useIsMissing(id);
  return isMissing ? <>{id} (deleted)</> : <Link href={snapshotRoute(id)}>{name ?? id}</Link>;
}
