import { Menu, Tray } from 'electron';
import type { Backend } from '../backend/backend-types';
import { messageOf } from '../errors';
import type { DesktopSandbox } from '../http/schemas/desktop';
import { notify } from './bridge-handlers';
import { requestJson } from './in-process-api';
import type { MainWindow } from './main-window';
import { type TrayActions, trayMenu } from './tray-menu';

/** The tray entry. Its menu is set anew after each change, because Linux asks for none when it opens. */
export class AppTray {
  readonly #tray: Tray;

  constructor(
    iconFile: string,
    private readonly actions: TrayActions,
  ) {
    this.#tray = new Tray(iconFile);
    this.#tray.setToolTip('OpenSandbox Desktop');
    this.#tray.on('click', () => {
      actions.open();
    });
    this.update([]);
  }

  /** Shows these sandboxes. */
  update(sandboxes: readonly DesktopSandbox[]): void {
    this.#tray.setContextMenu(Menu.buildFromTemplate(trayMenu(sandboxes, this.actions)));
  }

  destroy(): void {
    this.#tray.destroy();
  }
}

/** Takes a snapshot as any client would and says how it went, since no window may be open. */
export async function quickSnapshot(
  backend: Backend,
  entry: DesktopSandbox,
  window: MainWindow,
): Promise<void> {
  const name = `${entry.displayName} ${shortTime(new Date())}`;
  try {
    await requestJson(backend, {
      method: 'POST',
      url: `/v1/sandboxes/${encodeURIComponent(entry.sandbox.id)}/snapshots`,
      payload: { name },
    });
    notify('Snapshot started', name, window);
  } catch (error) {
    notify(`No snapshot of ${entry.displayName}`, messageOf(error), window);
  }
}

/** `24 Nov 14:05`, in local time. */
function shortTime(date: Date): string {
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  return `${day} ${time}`;
}
