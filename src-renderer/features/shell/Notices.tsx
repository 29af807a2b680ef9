import { useState } from 'react';
import { errorMessage } from '../../api/api-error';
import { Banner } from '../../components/Banner';
import { Button } from '../../components/Button';
import { count } from '../../model/count';
import { loadStatus, useConnection } from '../../state/connection';
import styles from './Notices.module.css';

/** What concerns every screen: lost connection or engine, a taken port, a recovered store. */
export function Notices({ hasData }: { hasData: boolean }) {
  const phase = useConnection((state) => state.phase);
  const reason = useConnection((state) => state.reason);
  const status = useConnection((state) => state.status);
  const engine = status?.engine;
  return (
    <div className={styles.stack}>
      {phase === 'lost' && (
        <Banner tone="error">{reason} What you see is the last known state. Trying again by itself.</Banner>
      )}
      {phase !== 'lost' && hasData && engine !== undefined && engine.state !== 'connected' && (
        <Banner tone="error">
          {outageWords(engine.reason)} What you see is the last known state. Trying again by itself.
        </Banner>
      )}
      {status?.listener.state === 'failed' && (
        <PortTaken message={status.listener.message} port={status.listener.port} />
      )}
      {status?.store.recovery !== undefined && (
        <StoreRecovered key={status.store.recovery.at} recovery={status.store.recovery} />
      )}
    </div>
  );
}

/** Reasons are sentences of their own, or go on from what is missing; neither ends with a full stop of its own. */
function outageWords(reason: string | undefined): string {
  const words = reason?.replace(/\.$/, '');
  if (words === undefined) return 'The container engine does not answer.';
  return /^[A-Z]/.test(words) ? `${words}.` : `The container engine does not answer: ${words}.`;
}

function PortTaken({ message, port }: { message: string | undefined; port: number }) {
  const [next, setNext] = useState(String(port + 1));
  const [error, setError] = useState<string>();
  const { desktop } = window;
  const retry = (): void => {
    setError(undefined);
    desktop
      ?.retryOnPort(Number(next))
      .then(loadStatus, (failure: unknown) => setError(errorMessage(failure)));
  };
  return (
    <Banner
      tone="warning"
      action={
        desktop !== undefined && (
          <form
            className={styles.port}
            onSubmit={(event) => {
              event.preventDefault();
              retry();
            }}
          >
            <input
              aria-label="Another port"
              inputMode="numeric"
              value={next}
              onChange={(event) => setNext(event.target.value)}
            />
            <Button type="submit">Use this port</Button>
          </form>
        )
      }
    >
      {message ?? `Port ${String(port)} is taken.`} This window works; SDKs and curl cannot reach the API
      until a port is open.
      {error !== undefined && <p>{error}</p>}
    </Banner>
  );
}

type Recovery = NonNullable<
  NonNullable<ReturnType<typeof useConnection.getState>['status']>['store']['recovery']
>;

function StoreRecovered({ recovery }: { recovery: Recovery }) {
  const key = `seen-recovery-${recovery.at}`;
  const [seen, setSeen] = useState(() => sessionStorage.getItem(key) !== null);
  if (seen) return null;
  const dismiss = (): void => {
    sessionStorage.setItem(key, 'yes');
    setSeen(true);
  };
  const { sandboxesRebuilt, snapshotsRebuilt } = recovery;
  const rebuilt = `${count(sandboxesRebuilt, 'sandbox', 'sandboxes')}, ${count(snapshotsRebuilt, 'snapshot')}`;
  return (
    <Banner tone="warning" action={<Button onClick={dismiss}>Dismiss</Button>}>
      <p>
        {recovery.message} Rebuilt from the engine: {rebuilt}.
      </p>
      {recovery.notRecovered.length > 0 && <p>Could not be recovered: {recovery.notRecovered.join(' ')}</p>}
      <KeptFiles paths={recovery.setAside} />
    </Banner>
  );
}

/** Their folder; the names are long and stand in the tooltip. */
function KeptFiles({ paths }: { paths: readonly string[] }) {
  const [first] = paths;
  if (first === undefined) return null;
  const folder = first.replace(/[/\\][^/\\]*$/, '');
  return (
    <p title={paths.join('\n')}>
      Kept for you in {folder}: {count(paths.length, 'damaged file')}.
    </p>
  );
}
