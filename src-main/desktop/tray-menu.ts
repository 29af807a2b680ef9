import type { MenuItemConstructorOptions } from 'electron';
import type { DesktopSandbox } from '../http/schemas/desktop';
import { GUI_PATH } from './app-origin';

const MAX_TRAY_SANDBOXES = 5;
const MAX_LABEL_LENGTH = 40;

/** What choosing an entry does. */
export interface TrayActions {
  open(route?: string): void;
  snapshot(sandbox: DesktopSandbox): void;
  quit(): void;
}

/** The tray's menu: the newest sandboxes, a quick snapshot of the newest running one, open and quit. */
export function trayMenu(
  sandboxes: readonly DesktopSandbox[],
  actions: TrayActions,
): MenuItemConstructorOptions[] {
  const recent = sandboxes.toSorted((a, b) => b.sandbox.createdAt.localeCompare(a.sandbox.createdAt));
  return [
    {
      label: 'Open OpenSandbox Desktop',
      click: () => {
        actions.open();
      },
    },
    { type: 'separator' },
    ...sandboxEntries(recent.slice(0, MAX_TRAY_SANDBOXES), actions),
    { type: 'separator' },
    snapshotEntry(
      recent.find(({ sandbox }) => sandbox.status.state === 'Running'),
      actions,
    ),
    { type: 'separator' },
    {
      label: 'Quit',
      click: () => {
        actions.quit();
      },
    },
  ];
}

function sandboxEntries(
  recent: readonly DesktopSandbox[],
  actions: TrayActions,
): MenuItemConstructorOptions[] {
  if (recent.length === 0) return [{ label: 'No sandboxes', enabled: false }];
  return recent.map((entry) => ({
    label: `${menuLabel(entry.displayName)} (${entry.sandbox.status.state})`,
    click: () => {
      actions.open(`${GUI_PATH}sandboxes/${encodeURIComponent(entry.sandbox.id)}`);
    },
  }));
}

function snapshotEntry(
  running: DesktopSandbox | undefined,
  actions: TrayActions,
): MenuItemConstructorOptions {
  if (running === undefined) return { label: 'Quick snapshot (nothing runs)', enabled: false };
  return {
    label: `Quick snapshot of ${menuLabel(running.displayName)}`,
    click: () => {
      actions.snapshot(running);
    },
  };
}

/** Shortened in the middle; a single ampersand would mark a mnemonic. */
function menuLabel(name: string): string {
  const half = MAX_LABEL_LENGTH / 2;
  const short = name.length <= MAX_LABEL_LENGTH ? name : `${name.slice(0, half)}…${name.slice(1 - half)}`;
  return short.replaceAll('&', '&&');
}
