import { useMemo } from 'react';
import { Link } from 'wouter';
import type { DesktopSandbox } from '../../../src-main/http/schemas/desktop';
import { Banner } from '../../components/Banner';
import { Card } from '../../components/Card';
import { CopyableId } from '../../components/CopyableId';
import { Facts } from '../../components/Facts';
import { RelativeTime } from '../../components/RelativeTime';
import { SnippetTabs } from '../../components/SnippetTabs';
import { UsageLine } from '../../components/UsageLine';
import { useMetrics } from '../../components/use-metrics';
import { useSnippetContext } from '../../components/use-snippet-context';
import { formatExact } from '../../model/format-time';
import { shortenId } from '../../model/shorten-id';
import { joinWords } from '../../model/shell-words';
import { sandboxSnippets } from '../../model/snippets';
import { snapshotRoute } from '../../routes';
import { useSnapshot } from '../../state/snapshots';
import { SandboxSnapshots } from './SandboxSnapshots';
import styles from './SandboxScreen.module.css';

export function SandboxOverview({ item }: { item: DesktopSandbox }) {
  const { sandbox } = item;
  const context = useSnippetContext();
  const snippets = useMemo(() => sandboxSnippets(context, sandbox.id), [context, sandbox.id]);
  return (
    <div className="scroll-area">
      <div className={styles.columns}>
        {item.failure !== undefined && (
          <div className={styles.failure}>
            <Banner tone="error">{item.failure.message}</Banner>
          </div>
        )}
        <div className={styles.column}>
          <Card title="Facts">
            <Facts facts={factsOf(item)} />
          </Card>
          <Card title="Snapshots">
            <SandboxSnapshots sandboxId={sandbox.id} isRunning={sandbox.status.state === 'Running'} />
          </Card>
        </div>
        <div className={styles.column}>
          <Card title="Configuration">
            <Facts facts={configurationOf(item)} />
          </Card>
          {item.failure === undefined && (
            <section aria-labelledby="snippets">
              <h2 id="snippets" className={styles.heading}>
                Take a snapshot from code
              </h2>
              <SnippetTabs label="Take a snapshot from code" snippets={snippets} />
            </section>
          )}
        </div>
      </div>
    </div>
  );
}

function factsOf(item: DesktopSandbox) {
  const { sandbox } = item;
  const { status } = sandbox;
  return [
    ['Id', <CopyableId key="id" id={sandbox.id} />],
    // What failed is told above them all.
    ['State', [status.state, item.failure === undefined && status.message].filter(Boolean).join(': ')],
    [
      'Source',
      sandbox.snapshotId === undefined ? (
        sandbox.image?.uri
      ) : (
        <SourceSnapshot key="s" id={sandbox.snapshotId} />
      ),
    ],
    ['Uses now', status.state === 'Running' ? <Usage key="u" sandboxId={sandbox.id} /> : undefined],
    ['Created', formatExact(sandbox.createdAt)],
    ['Expires', sandbox.expiresAt === undefined ? 'never' : <Expiry key="e" iso={sandbox.expiresAt} />],
    [
      'Container',
      item.containerId === undefined ? undefined : (
        <CopyableId key="c" id={item.containerId} what="container id" />
      ),
    ],
  ] as const;
}

function Usage({ sandboxId }: { sandboxId: string }) {
  return <UsageLine readings={useMetrics(sandboxId, true).readings} />;
}

function configurationOf(item: DesktopSandbox) {
  const { sandbox, resourceLimits, envNames, volumes } = item;
  const metadata = Object.entries(sandbox.metadata ?? {});
  return [
    ['Entrypoint', <code key="e">{joinWords(sandbox.entrypoint)}</code>],
    [
      'Limits',
      Object.entries(resourceLimits)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    ],
    ['Environment', envNames.length === 0 ? 'none' : envNames.map((name) => `${name}=••••`).join('  ')],
    ['Volumes', volumes.length === 0 ? 'none' : volumes.map(volumeText).join(', ')],
    ['Network', item.network === 'none' ? 'none' : 'bridge, outgoing allowed'],
    [
      'Metadata',
      metadata.length === 0 ? undefined : metadata.map(([key, value]) => `${key}=${value}`).join(', '),
    ],
  ] as const;
}

function volumeText(volume: DesktopSandbox['volumes'][number]): string {
  const notes = [
    volume.readOnly ? 'read-only' : undefined,
    volume.fromSnapshotId === undefined ? undefined : 'copy from a snapshot',
  ].filter((note) => note !== undefined);
  return `${volume.source} at ${volume.mountPath}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`;
}

function Expiry({ iso }: { iso: string }) {
  return (
    <>
      {formatExact(iso)} (<RelativeTime iso={iso} direction="future" />)
    </>
  );
}

function SourceSnapshot({ id }: { id: string }) {
  const name = useSnapshot(id)?.displayName;
  return name === undefined ? (
    <span title={id}>Snapshot {shortenId(id)} (deleted)</span>
  ) : (
    <>
      Snapshot <Link href={snapshotRoute(id)}>{name}</Link>
    </>
  );
}
