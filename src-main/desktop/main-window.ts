import { BrowserWindow, nativeTheme, screen } from 'electron';
import { NAVIGATE_CHANNEL } from '../../src-preload/ipc-channels';
import { GUI_PATH, appUrl } from './app-origin';
import { askBeforeReload } from './unsaved-question';
import {
  MIN_WINDOW,
  type ThemeChoice,
  readWindowState,
  restoredBounds,
  writeWindowState,
} from './window-state';

/** The canvas colours of the two themes, so that nothing flashes before the first paint. */
const BACKGROUND = { light: '#f7f8fa', dark: '#111418' };
/** The window shows empty after this, however long the server takes to serve the first page. */
const SHOW_AT_LATEST_MS = 300;

export interface MainWindowOptions {
  preloadFile: string;
  iconFile: string;
  stateFile: string;
  /** Whether closing leaves the app in the tray. */
  staysInTray(): boolean;
  /** Closing means quitting, which may ask and be cancelled: the window stays until the process ends. */
  quit(): void;
  /** Windows ends the session: no time for questions. */
  endNow(): void;
  log: (message: string) => void;
}

/** The one window: opened, brought back, hidden in the tray, and its place remembered. */
export class MainWindow {
  #window: BrowserWindow | undefined;
  #theme: ThemeChoice;

  constructor(private readonly options: MainWindowOptions) {
    this.#theme = readWindowState(options.stateFile).theme;
    nativeTheme.themeSource = this.#theme;
  }

  get current(): BrowserWindow | undefined {
    return this.#window;
  }

  /** Opens the window, or brings it to the front; with a route it shows that page. */
  open(route?: string): void {
    if (this.#window === undefined) {
      this.#create(route);
      return;
    }
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.show();
    this.#window.focus();
    if (route !== undefined) this.#navigate(this.#window, route);
  }

  close(): void {
    this.#window?.close();
  }

  /** Follows the theme setting, also for native dialogs and the next start. */
  setTheme(theme: ThemeChoice): void {
    if (theme === this.#theme) return;
    this.#theme = theme;
    nativeTheme.themeSource = theme;
    this.#window?.setBackgroundColor(backgroundColor());
    this.remember();
  }

  /** Keeps the window's size, place and theme for the next start. */
  remember(): void {
    const window = this.#window;
    if (window === undefined) return;
    try {
      writeWindowState(this.options.stateFile, {
        bounds: window.getNormalBounds(),
        maximized: window.isMaximized(),
        theme: this.#theme,
      });
    } catch (error) {
      this.options.log(`The window's place could not be kept: ${String(error)}`);
    }
  }

  #create(route: string | undefined): void {
    const { stateFile, preloadFile, iconFile } = this.options;
    const state = readWindowState(stateFile);
    const workAreas = screen.getAllDisplays().map((display) => display.workArea);
    const window = new BrowserWindow({
      ...restoredBounds(state.bounds, workAreas),
      minWidth: MIN_WINDOW.width,
      minHeight: MIN_WINDOW.height,
      show: false,
      backgroundColor: backgroundColor(),
      title: 'OpenSandbox Desktop',
      icon: iconFile,
      webPreferences: {
        preload: preloadFile,
        contextIsolation: true,
        sandbox: true,
        nodeIntegration: false,
        webSecurity: true,
        webviewTag: false,
        spellcheck: false,
      },
    });
    this.#window = window;
    if (state.maximized) window.maximize();
    this.#showWhenReady(window);
    this.#followClosing(window);
    askBeforeReload(window);
    this.#load(window, route ?? GUI_PATH);
  }

  #showWhenReady(window: BrowserWindow): void {
    const timer = setTimeout(() => {
      window.show();
    }, SHOW_AT_LATEST_MS);
    window.once('ready-to-show', () => {
      clearTimeout(timer);
      if (!window.isVisible()) window.show();
    });
    window.once('closed', () => {
      clearTimeout(timer);
    });
  }

  #followClosing(window: BrowserWindow): void {
    window.on('close', (event) => {
      event.preventDefault();
      this.remember();
      if (this.options.staysInTray()) window.hide();
      else this.options.quit();
    });
    window.on('session-end', () => {
      this.options.endNow();
    });
    window.on('closed', () => {
      this.#window = undefined;
    });
  }

  #navigate(window: BrowserWindow, route: string): void {
    // Before the page is there nobody listens, so it is loaded at the route instead.
    if (window.webContents.isLoadingMainFrame()) this.#load(window, route);
    else window.webContents.send(NAVIGATE_CHANNEL, route);
  }

  #load(window: BrowserWindow, route: string): void {
    window.loadURL(appUrl(route)).catch((error: unknown) => {
      // Also reached when another load replaces this one; the page that did load says what is wrong.
      this.options.log(`The window could not load ${route}: ${String(error)}`);
    });
  }
}

function backgroundColor(): string {
  return nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light;
}
