import { Link } from 'wouter';
import { Button } from '../../components/Button';
import type { MenuEntry } from '../../components/ActionMenu';
import { CopyableId } from '../../components/CopyableId';
import { DetailPane, PaneBody, PaneLine } from '../../components/DetailPane';
import { Facts } from '../../components/Facts';
import { StateBadge } from '../../components/StateBadge';
import { formatBytes } from '../../model/format-size';
import { formatExact } from '../../model/format-time';
import { KIND_NAMES, ancestry, isHere, type LineageTree, type TreeNode } from '../../model/lineage-tree';
import { lineageRoute, sandboxRoute, snapshotRoute } from '../../routes';
import { usePendingWord } from '../../state/pending';
import { useSnapshot } from '../../state/snapshots';
import styles from './LineageDetail.module.css';

/** Shown as buttons, in this order; everything else is in the menu of the node. */
const BUTTONS = [
  'restore',
  'snapshot',
  'open',
  'restore-choices',
  'rename',
  'pin',
  'unpin',
  'pause',
  'resume',
  'delete',
];

interface LineageDetailProps {
  tree: LineageTree;
  id: string;
  entries: readonly MenuEntry[];
  onClose: () => void;
}

/** What is known of the selected node, where it stands, and what can be done with it. */
export function LineageDetail({ tree, id, entries, onClose }: LineageDetailProps) {
  const found = tree.byId.get(id);
  const pendingWord = usePendingWord(id);
  return (
    <DetailPane
      label="Lineage details"
      title={found?.node.name ?? 'Not in the lineage'}
      size="map"
      closeLabel="Close details"
      onClose={onClose}
    >
      {found === undefined ? (
        <PaneLine>It was deleted and nothing came from it, or the address is wrong.</PaneLine>
      ) : (
        <PaneBody>
          <p className={styles.kind}>
            {KIND_NAMES[found.node.kind]}
            {found.node.kind !== 'image' && <StateBadge state={found.node.state} pendingWord={pendingWord} />}
            {isHere(found.node) && <span>You are here</span>}
          </p>
          {found.node.ghost === true && (
            <p className={styles.gone}>
              It was deleted and cannot be restored. It is shown because of what came from it.
            </p>
          )}
          <Actions entries={entries} />
          <Facts facts={factsOf(tree, found)} />
          <Notes id={id} />
          {found.node.ghost !== true && <Elsewhere node={found} />}
        </PaneBody>
      )}
    </DetailPane>
  );
}

function Actions({ entries }: { entries: readonly MenuEntry[] }) {
  const shown = BUTTONS.flatMap((id) => entries.filter((entry) => entry.id === id && entry.reason === true));
  if (shown.length === 0) return null;
  return (
    <div className={styles.buttons}>
      {shown.map((entry, index) => (
        <Button
          key={entry.id}
          tone={index === 0 ? 'primary' : 'plain'}
          icon={entry.icon}
          onClick={() => entry.run()}
        >
          {entry.label}
        </Button>
      ))}
    </div>
  );
}

function Notes({ id }: { id: string }) {
  const notes = useSnapshot(id)?.notes;
  return notes === undefined ? null : <p className={styles.notes}>{notes}</p>;
}

function Elsewhere({ node: { node } }: { node: TreeNode }) {
  if (node.kind === 'image') return null;
  const href = node.kind === 'snapshot' ? snapshotRoute(node.id) : sandboxRoute(node.id);
  return (
    <Link href={href}>{node.kind === 'snapshot' ? 'All about this snapshot' : 'All about this sandbox'}</Link>
  );
}

function factsOf(tree: LineageTree, { node, parentId, childIds, level }: TreeNode) {
  const parent = tree.byId.get(parentId ?? '')?.node;
  const root = tree.byId.get(ancestry(tree, node.id)[0] ?? '')?.node;
  const exact = (iso: string | undefined) => (iso === undefined ? undefined : formatExact(iso));
  const bytes = (size: number | undefined) => (size === undefined ? undefined : formatBytes(size));
  return [
    ['Id', node.kind === 'image' ? undefined : <CopyableId key="id" id={node.id} />],
    [
      node.kind === 'sandbox' ? 'Stands on' : 'Comes after',
      parent === undefined ? undefined : <NodeLink key="p" id={parent.id} name={parent.name} />,
    ],
    ['Base image', root?.kind === 'image' && root.id !== node.id ? root.name : undefined],
    ['Taken of', node.sandboxId === undefined ? undefined : <SourceLink key="s" tree={tree} node={node} />],
    [node.kind === 'snapshot' ? 'Taken' : 'Created', exact(node.createdAt)],
    ['Deleted', exact(node.deletedAt)],
    ['Own size', bytes(node.ownSizeBytes)],
    ['Full size', bytes(node.sizeBytes)],
    ['Steps from the base', level > 1 ? String(level - 1) : undefined],
    ['Came from it', node.kind === 'sandbox' ? undefined : cameText(tree, childIds)],
  ] as const;
}

function cameText(tree: LineageTree, childIds: readonly string[]): string {
  const nodes = childIds.map((id) => tree.byId.get(id)?.node);
  const sandboxes = nodes.filter((node) => node?.kind === 'sandbox').length;
  const snapshots = nodes.length - sandboxes;
  if (nodes.length === 0) return 'nothing';
  return [
    snapshots > 0 ? `${String(snapshots)} ${snapshots === 1 ? 'snapshot' : 'snapshots'}` : '',
    sandboxes > 0 ? `${String(sandboxes)} ${sandboxes === 1 ? 'sandbox' : 'sandboxes'}` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

function SourceLink({ tree, node }: { tree: LineageTree; node: TreeNode['node'] }) {
  const { sandboxId = '', sandboxName = sandboxId } = node;
  return tree.byId.has(sandboxId) ? <NodeLink id={sandboxId} name={sandboxName} /> : <>{sandboxName}</>;
}

function NodeLink({ id, name }: { id: string; name: string }) {
  return <Link href={lineageRoute(id)}>{name}</Link>;
}
