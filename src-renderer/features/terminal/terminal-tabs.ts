import { create } from 'zustand';
import { createTerminal, deleteTerminal, listTerminals } from '../../api/terminal-api';
import { useSandboxes } from '../../state/sandboxes';
import { TerminalSession } from './terminal-session';

export interface TerminalTab {
  readonly sessionId: string;
  readonly title: string;
  /** Titles that a person gave are not replaced by what the shell says. */
  readonly named?: boolean;
}

export interface SandboxTabs {
  readonly tabs: readonly TerminalTab[];
  readonly activeId: string | undefined;
}

const NOTHING: SandboxTabs = { tabs: [], activeId: undefined };

/** The open terminals of each sandbox; absent until they were looked for. */
export const useTerminalTabs = create<{ readonly bySandbox: Readonly<Record<string, SandboxTabs>> }>(() => ({
  bySandbox: {},
}));

const sessions = new Map<string, TerminalSession>();
const loading = new Map<string, Promise<void>>();

/**
 * Finds the terminals that this browser had open, also before a reload; without any it opens the first.
 * @throws ApiError 503 unless the sandbox runs
 */
export async function loadTabs(sandboxId: string): Promise<void> {
  if (useTerminalTabs.getState().bySandbox[sandboxId] !== undefined) return;
  const work = loading.get(sandboxId) ?? findTabs(sandboxId);
  loading.set(sandboxId, work);
  try {
    await work;
  } finally {
    loading.delete(sandboxId);
  }
}

/** @throws ApiError 429 with too many sessions, 503 unless the sandbox runs */
export async function openTab(sandboxId: string): Promise<void> {
  const sessionId = await createTerminal(sandboxId);
  change(sandboxId, ({ tabs }) => ({
    tabs: [...tabs, { sessionId, title: nextTitle(tabs) }],
    activeId: sessionId,
  }));
}

/** Ends the session with everything that runs in it. */
export async function closeTab(sandboxId: string, sessionId: string): Promise<void> {
  forget(sandboxId, sessionId);
  // A session that is gone with its sandbox needs no end.
  await deleteTerminal(sandboxId, sessionId).catch(() => undefined);
}

export function selectTab(sandboxId: string, activeId: string): void {
  change(sandboxId, ({ tabs }) => ({ tabs, activeId }));
}

export function renameTab(sandboxId: string, sessionId: string, title: string): void {
  retitle(sandboxId, sessionId, (tab) => ({ ...tab, title, named: true }));
}

/** The terminal of a tab, made on first use. */
export function sessionOf(sandboxId: string, sessionId: string): TerminalSession {
  const known = sessions.get(sessionId);
  if (known !== undefined) return known;
  const made = new TerminalSession(sandboxId, sessionId, (title) => {
    if (title !== '') retitle(sandboxId, sessionId, (tab) => (tab.named ? tab : { ...tab, title }));
  });
  sessions.set(sessionId, made);
  return made;
}

useSandboxes.subscribe(({ byId, loadedAt }) => {
  if (loadedAt === undefined) return;
  for (const [sandboxId, { tabs }] of Object.entries(useTerminalTabs.getState().bySandbox)) {
    if (byId[sandboxId] === undefined) for (const { sessionId } of tabs) forget(sandboxId, sessionId);
  }
});

async function findTabs(sandboxId: string): Promise<void> {
  const alive = new Set(await listTerminals(sandboxId));
  const { tabs, activeId } = readStored(sandboxId);
  const kept = tabs.filter((tab) => alive.has(tab.sessionId));
  if (kept.length === 0) {
    await openTab(sandboxId);
    return;
  }
  const active = kept.find((tab) => tab.sessionId === activeId) ?? kept[0];
  change(sandboxId, () => ({ tabs: kept, activeId: active?.sessionId }));
}

function forget(sandboxId: string, sessionId: string): void {
  sessions.get(sessionId)?.dispose();
  sessions.delete(sessionId);
  change(sandboxId, ({ tabs, activeId }) => {
    const at = tabs.findIndex((tab) => tab.sessionId === sessionId);
    const left = tabs.filter((tab) => tab.sessionId !== sessionId);
    const neighbour = left[Math.min(Math.max(at, 0), left.length - 1)];
    return { tabs: left, activeId: activeId === sessionId ? neighbour?.sessionId : activeId };
  });
}

function retitle(sandboxId: string, sessionId: string, to: (tab: TerminalTab) => TerminalTab): void {
  change(sandboxId, ({ tabs, activeId }) => ({
    tabs: tabs.map((tab) => (tab.sessionId === sessionId ? to(tab) : tab)),
    activeId,
  }));
}

function nextTitle(tabs: readonly TerminalTab[]): string {
  const taken = new Set(tabs.map((tab) => tab.title));
  let number = 1;
  while (taken.has(`Terminal ${String(number)}`)) number += 1;
  return `Terminal ${String(number)}`;
}

function change(sandboxId: string, to: (before: SandboxTabs) => SandboxTabs): void {
  const { bySandbox } = useTerminalTabs.getState();
  const after = to(bySandbox[sandboxId] ?? NOTHING);
  useTerminalTabs.setState({ bySandbox: { ...bySandbox, [sandboxId]: after } });
  try {
    if (after.tabs.length === 0) localStorage.removeItem(storageKey(sandboxId));
    else localStorage.setItem(storageKey(sandboxId), JSON.stringify(after));
  } catch {
    // Storage may be denied: then a reload opens a new terminal.
  }
}

function readStored(sandboxId: string): SandboxTabs {
  try {
    const text = localStorage.getItem(storageKey(sandboxId));
    // Only `change` writes this key.
    return text === null ? NOTHING : (JSON.parse(text) as SandboxTabs);
  } catch {
    return NOTHING;
  }
}

function storageKey(sandboxId: string): string {
  return `terminals:${sandboxId}`;
}
