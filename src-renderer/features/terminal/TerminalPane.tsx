import { Accessibility, Search } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { create } from 'zustand';
import { useStore } from 'zustand/react';
import { Banner } from '../../components/Banner';
import { Button, IconButton } from '../../components/Button';
import styles from './TerminalPane.module.css';
import { TerminalSearch } from './TerminalSearch';
import { PANEL_ID, tabId } from './TerminalStrip';
import type { ConnectionState } from './terminal-connection';
import type { TerminalSession } from './terminal-session';

const READER_KEY = 'terminal-reader-mode';
const useReaderMode = create<{ readonly on: boolean }>(() => ({ on: storedReaderMode() }));

interface TerminalPaneProps {
  session: TerminalSession;
  running: boolean;
  onLeave: () => void;
  onNew: () => void;
}

/** One terminal, with what is to be said about its connection. */
export function TerminalPane({ session, running, onLeave, onNew }: TerminalPaneProps) {
  const box = useRef<HTMLDivElement>(null);
  const { connection, marks, searching } = useStore(session.store);
  const readerMode = useReaderMode((state) => state.on);
  useEffect(() => {
    const place = box.current;
    if (place === null) return;
    session.leaveTo(onLeave);
    session.show(place);
    session.terminal.focus();
    const observer = new ResizeObserver(() => session.fit());
    observer.observe(place);
    // Columns are measured with the font, which may still be on its way.
    void document.fonts.ready.then(() => session.fit());
    return () => {
      observer.disconnect();
      session.host.remove();
    };
  }, [session, onLeave]);
  useEffect(() => session.setReaderMode(readerMode), [session, readerMode]);
  useEffect(() => {
    if (running) session.connection.connect();
  }, [session, running]);
  const closeSearch = (): void => {
    session.store.setState({ searching: false });
    session.search.clearDecorations();
    session.terminal.focus();
  };
  return (
    <div className={styles.pane} role="tabpanel" id={PANEL_ID} aria-labelledby={tabId(session.sessionId)}>
      <ConnectionNotice
        state={connection}
        running={running}
        onNew={onNew}
        onTakeBack={() => session.connection.connect()}
      />
      {searching && <TerminalSearch session={session} onClose={closeSearch} />}
      <div ref={box} className={styles.box} data-connection={connection.kind} />
      <div className={styles.foot}>
        <span className={styles.hint}>
          <kbd>F6</kbd> leaves the terminal · <kbd>Ctrl F</kbd> searches · <kbd>Ctrl</kbd> and click opens
          links
        </span>
        {marks.length > 0 && (
          <select
            className={styles.jump}
            aria-label="Jump to a snapshot"
            value=""
            onChange={(event) => {
              const mark = marks.find((each) => each.snapshotId === event.target.value);
              if (mark !== undefined) session.terminal.scrollToLine(mark.marker.line);
            }}
          >
            <option value="">Snapshots ({marks.length})</option>
            {marks.map((mark) => (
              <option key={mark.snapshotId} value={mark.snapshotId}>
                {mark.label}
              </option>
            ))}
          </select>
        )}
        <IconButton
          icon={Search}
          label="Search in the terminal"
          onClick={() => session.store.setState({ searching: true })}
        />
        <IconButton
          icon={Accessibility}
          label="Screen reader mode"
          aria-pressed={readerMode}
          className={styles.toggle}
          onClick={() => setReaderMode(!readerMode)}
        />
      </div>
    </div>
  );
}

interface ConnectionNoticeProps {
  state: ConnectionState;
  running: boolean;
  onNew: () => void;
  onTakeBack: () => void;
}

function ConnectionNotice({ state, running, onNew, onTakeBack }: ConnectionNoticeProps) {
  switch (state.kind) {
    case 'connecting':
    case 'open':
    case 'stopped':
      // A sandbox that does not run has a notice of its own.
      return null;
    case 'lost':
      return <Banner tone="warning">The connection was lost. Connecting again…</Banner>;
    case 'taken-over':
      return (
        <Banner tone="info" action={<Button onClick={onTakeBack}>Use it here</Button>}>
          This terminal is open in another window.
        </Banner>
      );
    case 'ended':
      return (
        <Banner tone="info" action={running && <Button onClick={onNew}>New terminal</Button>}>
          {state.message}
        </Banner>
      );
  }
}

function setReaderMode(on: boolean): void {
  useReaderMode.setState({ on });
  try {
    localStorage.setItem(READER_KEY, on ? 'on' : 'off');
  } catch {
    // Storage may be denied: then the choice lasts until the next load.
  }
}

function storedReaderMode(): boolean {
  try {
    return localStorage.getItem(READER_KEY) === 'on';
  } catch {
    return false;
  }
}
