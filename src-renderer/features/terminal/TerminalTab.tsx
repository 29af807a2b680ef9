import '@xterm/xterm/css/xterm.css';
import { SquareTerminal } from 'lucide-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { DesktopSandbox } from '../../../src-main/http/schemas/desktop';
import { errorMessage } from '../../api/api-error';
import { Banner } from '../../components/Banner';
import { Button } from '../../components/Button';
import { EmptyState } from '../../components/EmptyState';
import { GridSkeleton } from '../../components/GridSkeleton';
import { StoppedNotice } from '../../components/StoppedNotice';
import { showToast } from '../../state/toasts';
import { TerminalPane } from './TerminalPane';
import { TerminalStrip } from './TerminalStrip';
import styles from './TerminalTab.module.css';
import { loadTabs, openTab, sessionOf, useTerminalTabs } from './terminal-tabs';

/** Terminals of a sandbox; leaving the page leaves them running. */
export function TerminalTab({ item }: { item: DesktopSandbox }) {
  const sandboxId = item.sandbox.id;
  const running = item.sandbox.status.state === 'Running';
  const open = useTerminalTabs((state) => state.bySandbox[sandboxId]);
  const [error, setError] = useState<string>();
  const strip = useRef<HTMLDivElement>(null);
  const leave = useCallback(() => {
    strip.current?.querySelector<HTMLElement>('[role=tab][aria-selected=true]')?.focus();
  }, []);
  const load = useCallback(() => {
    loadTabs(sandboxId).then(
      () => setError(undefined),
      (failure: unknown) => setError(errorMessage(failure)),
    );
  }, [sandboxId]);
  useEffect(() => {
    if (running) load();
  }, [running, load]);

  const add = (): void => {
    openTab(sandboxId).catch((failure: unknown) =>
      showToast({ tone: 'error', message: errorMessage(failure) }),
    );
  };
  const active = open?.activeId;
  return (
    <div className={styles.page}>
      {!running && (
        <div className={styles.notice}>
          <StoppedNotice
            item={item}
            paused="Its terminals go on where they are when it is resumed."
            waiting="Terminals open once it runs."
            ended="Its terminals ended with it."
          />
        </div>
      )}
      {error !== undefined && running && (
        <div className={styles.notice}>
          <Banner tone="error" action={<Button onClick={load}>Try again</Button>}>
            No terminal could be opened: {error}
          </Banner>
        </div>
      )}
      {open === undefined && running && error === undefined && <GridSkeleton label="Opening a terminal" />}
      {open?.tabs.length === 0 && (
        <EmptyState
          icon={SquareTerminal}
          title="No terminal open"
          text="A terminal is a shell inside the sandbox. It goes on while you are elsewhere, until you close it."
          action={
            <Button tone="primary" disabled={!running} onClick={add}>
              New terminal
            </Button>
          }
        />
      )}
      {open !== undefined && active !== undefined && (
        <>
          <TerminalStrip ref={strip} sandboxId={sandboxId} open={open} canAdd={running} onAdd={add} />
          <TerminalPane
            key={active}
            session={sessionOf(sandboxId, active)}
            running={running}
            onLeave={leave}
            onNew={add}
          />
        </>
      )}
    </div>
  );
}
