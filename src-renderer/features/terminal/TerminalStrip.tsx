import { Pencil, Plus, X } from 'lucide-react';
import { useState, type KeyboardEvent, type Ref } from 'react';
import { IconButton } from '../../components/Button';
import styles from './TerminalTab.module.css';
import { closeTab, renameTab, selectTab, type SandboxTabs } from './terminal-tabs';

interface TerminalStripProps {
  ref: Ref<HTMLDivElement>;
  sandboxId: string;
  open: SandboxTabs;
  canAdd: boolean;
  onAdd: () => void;
}

/** One tab per terminal: arrows move, F2 renames, Delete closes. */
export function TerminalStrip({ ref, sandboxId, open, canAdd, onAdd }: TerminalStripProps) {
  const { tabs, activeId } = open;
  const [renaming, setRenaming] = useState<string>();
  const active = tabs.find((tab) => tab.sessionId === activeId);
  const select = (index: number, list: HTMLElement): void => {
    const tab = tabs[(index + tabs.length) % tabs.length];
    if (tab === undefined) return;
    selectTab(sandboxId, tab.sessionId);
    list.querySelector<HTMLElement>(`#${CSS.escape(tabId(tab.sessionId))}`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const at = tabs.findIndex((tab) => tab.sessionId === activeId);
    if (event.key === 'ArrowRight') select(at + 1, event.currentTarget);
    else if (event.key === 'ArrowLeft') select(at - 1, event.currentTarget);
    else if (event.key === 'F2') setRenaming(activeId);
    else if (event.key === 'Delete' && active !== undefined) void closeTab(sandboxId, active.sessionId);
    else return;
    event.preventDefault();
  };
  const rename = (title: string): void => {
    if (renaming !== undefined && title.trim() !== '') renameTab(sandboxId, renaming, title.trim());
    setRenaming(undefined);
  };
  return (
    <div ref={ref} className={styles.strip}>
      <div className={styles.tabs} role="tablist" aria-label="Terminals" tabIndex={-1} onKeyDown={onKeyDown}>
        {tabs.map(({ sessionId, title }) => (
          <button
            key={sessionId}
            id={tabId(sessionId)}
            type="button"
            role="tab"
            className={styles.tab}
            aria-selected={sessionId === activeId}
            aria-controls={sessionId === activeId ? PANEL_ID : undefined}
            tabIndex={sessionId === activeId ? 0 : -1}
            title={title}
            onClick={() => selectTab(sandboxId, sessionId)}
            onDoubleClick={() => setRenaming(sessionId)}
          >
            {title}
          </button>
        ))}
      </div>
      <IconButton icon={Plus} label="New terminal" disabled={!canAdd} onClick={onAdd} />
      <span className={styles.gap} />
      {renaming !== undefined && (
        <RenameField title={tabs.find((tab) => tab.sessionId === renaming)?.title ?? ''} onDone={rename} />
      )}
      {active !== undefined && (
        <>
          <IconButton
            icon={Pencil}
            label={`Rename ${active.title}`}
            onClick={() => setRenaming(active.sessionId)}
          />
          <IconButton
            icon={X}
            label={`Close ${active.title}`}
            onClick={() => void closeTab(sandboxId, active.sessionId)}
          />
        </>
      )}
    </div>
  );
}

export const PANEL_ID = 'terminal-panel';

export function tabId(sessionId: string): string {
  return `terminal-tab-${sessionId}`;
}

/** Enter and leaving the field keep the new title, Escape the old one. */
function RenameField({ title, onDone }: { title: string; onDone: (title: string) => void }) {
  return (
    <input
      className={styles.rename}
      aria-label="Title of the terminal"
      defaultValue={title}
      maxLength={60}
      // eslint-disable-next-line jsx-a11y/no-autofocus -- the person has just asked to type here
      autoFocus
      onFocus={(event) => event.target.select()}
      onBlur={(event) => onDone(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') onDone(event.currentTarget.value);
        else if (event.key === 'Escape') onDone('');
      }}
    />
  );
}
