import { join } from 'node:path';
import { Menu, app, ipcMain, powerMonitor, protocol, session } from 'electron';
import type { Backend } from '../backend/backend-types';
import { messageOf } from '../errors';
import { appMenu } from './app-menu';
import { serveAppScheme } from './app-protocol';
import type { BackendHost } from './backend-host';
import { bridgeHandlers } from './bridge-handlers';
import type { ArrivingLinks } from './arriving-links';
import { handleChannels } from './ipc-handling';
import { MainWindow } from './main-window';
import { askHowToQuit } from './quit-question';
import { Quitting } from './quitting';
import { guardSession } from './security-guards';
import { ShellState } from './shell-state';
import { AppTray, quickSnapshot } from './tray';
import { mayLeave } from './unsaved-question';

const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What window and tray are made of. */
export interface DesktopShellOptions {
  /** False starts in the tray alone. */
  openWindow: boolean;
  preloadFile: string;
  /** Folder of the icons. */
  resourcesDir: string;
  /** Called when the server listens. */
  announce: (backend: Backend) => void;
  log: (message: string) => void;
}

/** Window, tray, menu and the way out, wired to one backend. Made when Electron is ready. */
export class DesktopShell {
  readonly #window: MainWindow;
  readonly #quitting: Quitting;
  #tray: AppTray | undefined;
  #state: ShellState | undefined;

  constructor(
    private readonly options: DesktopShellOptions,
    private readonly host: BackendHost,
  ) {
    this.#window = this.#makeWindow();
    this.#quitting = this.#makeQuitting();
  }

  start(links: ArrivingLinks): void {
    guardSession(session.defaultSession);
    serveAppScheme(protocol, this.host);
    handleChannels(ipcMain, bridgeHandlers(this.host, this.#window));
    this.#setMenu();
    this.#followQuitting();
    if (this.options.openWindow || links.first !== undefined) this.#window.open(links.first);
    links.follow((route) => {
      this.#window.open(route);
    });
    app.on('activate', () => {
      this.#window.open();
    });
    this.#makeTray();
    this.#startBackend();
  }

  #makeWindow(): MainWindow {
    const { preloadFile, resourcesDir, log } = this.options;
    return new MainWindow({
      preloadFile,
      iconFile: join(resourcesDir, 'icon.png'),
      stateFile: join(app.getPath('userData'), 'window-state.json'),
      staysInTray: () => this.#tray !== undefined && this.#state?.settings?.keepRunningInTray === true,
      quit: () => {
        this.#quit();
      },
      endNow: () => {
        void this.#quitting.now();
      },
      log,
    });
  }

  #makeQuitting(): Quitting {
    return new Quitting({
      pendingCaptures: () => this.host.current?.pendingCaptures() ?? 0,
      drainCaptures: async () => this.host.current?.drainCaptures(),
      mayLeave: () => mayLeave(this.#window.current),
      ask: (pending) => askHowToQuit(this.#window.current, pending),
      close: async () => {
        this.#window.remember();
        // The person is done with it, though requests may still be finishing.
        this.#window.current?.hide();
        await this.#state?.stop();
        await this.host.close();
        this.#tray?.destroy();
      },
      exit: (code) => {
        app.exit(code);
      },
      log: this.options.log,
    });
  }

  #setMenu(): void {
    const template = appMenu(process.platform, {
      open: (route) => {
        this.#window.open(route);
      },
      closeWindow: () => {
        this.#window.close();
      },
      quit: () => {
        this.#quit();
      },
    });
    Menu.setApplicationMenu(Menu.buildFromTemplate(template));
  }

  #followQuitting(): void {
    app.on('before-quit', (event) => {
      // Every way out leads through Quitting, which ends the process itself.
      event.preventDefault();
      this.#quit();
    });
    const endNow = () => {
      void this.#quitting.now();
    };
    powerMonitor.on('shutdown', endNow);
    for (const signal of ENDING_SIGNALS) process.on(signal, endNow);
  }

  #quit(): void {
    this.#quitting.request().catch((error: unknown) => {
      this.options.log(`Quitting failed, so the app goes on: ${messageOf(error)}`);
    });
  }

  #makeTray(): void {
    // A template image follows the colour of macOS's menu bar.
    const icon = process.platform === 'darwin' ? 'trayTemplate.png' : 'tray.png';
    try {
      this.#tray = new AppTray(join(this.options.resourcesDir, icon), {
        open: (route) => {
          this.#window.open(route);
        },
        snapshot: (entry) => {
          const backend = this.host.current;
          if (backend !== undefined) void quickSnapshot(backend, entry, this.#window);
        },
        quit: () => {
          this.#quit();
        },
      });
    } catch (error) {
      this.options.log(`No tray here, so closing the window quits: ${messageOf(error)}`);
    }
  }

  #startBackend(): void {
    this.host.onStarted((backend) => {
      this.#state = new ShellState(
        backend,
        () => {
          this.#showState();
        },
        this.options.log,
      );
      this.#state.start();
      void this.#listen(backend);
    });
    this.host.ready().catch((error: unknown) => {
      // The window shows the same through the protocol handler.
      this.options.log(`The server could not start: ${messageOf(error)}`);
    });
  }

  /** The window works without the port: `/v1/desktop/status` says what is wrong and the page offers another. */
  async #listen(backend: Backend): Promise<void> {
    try {
      await backend.listen();
      this.options.announce(backend);
    } catch (error) {
      this.options.log(messageOf(error));
    }
  }

  #showState(): void {
    const state = this.#state;
    if (state === undefined) return;
    this.#tray?.update(state.sandboxes);
    if (state.settings !== undefined) this.#window.setTheme(state.settings.theme);
  }
}
