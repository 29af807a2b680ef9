/**
 * The recorded double of the electron module, whose binary is not needed to test our wiring: it keeps what was asked
 * of it and lets a test play the part of Electron. Used as `vi.mock('electron', () => import('./electron-double'))`.
 */
import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';

/** Names only members that Electron has too, so that a renamed one does not go unseen. */
type Like<T> = { [K in keyof T]?: unknown };

type Listener = (...args: unknown[]) => unknown;

/** Knobs and records of one test. */
export const recorded = {
  order: [] as string[],
  hasLock: true,
  switches: [] as string[],
  exitCodes: [] as number[],
  privileged: [] as Electron.CustomScheme[],
  protocolHandlers: new Map<string, (request: Request) => Promise<Response>>(),
  ipcHandlers: new Map<string, Listener>(),
  openedExternally: [] as string[],
  openedPaths: [] as string[],
  clipboardText: '',
  notifications: [] as { title: string; body: string }[],
  messageBoxes: [] as Electron.MessageBoxOptions[],
  messageBoxAnswer: 0,
  pickedFiles: [] as string[],
  openDialogs: [] as Electron.OpenDialogOptions[],
  windows: [] as BrowserWindow[],
  trays: [] as Tray[],
  appMenu: [] as Electron.MenuItemConstructorOptions[],
  exposed: new Map<string, unknown>(),
  displays: [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }],
};

const initial = structuredClone({ ...recorded, windows: [], trays: [] });

/** Forgets everything; for `beforeEach`. */
export function resetDouble(): void {
  Object.assign(recorded, structuredClone(initial));
  paths.clear();
  for (const emitter of [app, ipcRenderer, powerMonitor]) emitter.removeAllListeners();
}

const paths = new Map<string, string>();

export const app = Object.assign(new EventEmitter(), {
  isPackaged: true,
  commandLine: { hasSwitch: (name: string) => recorded.switches.includes(name) },
  setPath: (name: string, path: string) => {
    paths.set(name, path);
  },
  getPath: (name: string) => paths.get(name) ?? '',
  requestSingleInstanceLock: () => {
    recorded.order.push('lock');
    return recorded.hasLock;
  },
  enableSandbox: () => recorded.order.push('sandbox'),
  setAsDefaultProtocolClient: () => true,
  whenReady: () => Promise.resolve(),
  exit: (code: number) => recorded.exitCodes.push(code),
} satisfies Like<Electron.App>);

class WebContents extends EventEmitter {
  loadedUrls: string[] = [];
  sent: unknown[][] = [];
  loading = false;
  openHandler: ((details: { url: string }) => { action: string }) | undefined;

  loadURL(url: string): Promise<void> {
    this.loadedUrls.push(url);
    return Promise.resolve();
  }
  send(...args: unknown[]): void {
    this.sent.push(args);
  }
  /** What the page's own listeners answer; rejects when it has crashed. */
  executeJavaScript(): Promise<unknown> {
    return this.mayUnload();
  }
  mayUnload: () => Promise<unknown> = () => Promise.resolve(true);
  isLoadingMainFrame(): boolean {
    return this.loading;
  }
  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.openHandler = handler;
  }
}

export function makeWebContents(): WebContents {
  return new WebContents();
}

export class BrowserWindow extends EventEmitter {
  readonly webContents = new WebContents();
  visible = false;
  focused = 0;
  maximized = false;
  backgroundColor: string | undefined;

  constructor(readonly options: Electron.BrowserWindowConstructorOptions) {
    super();
    recorded.order.push('window');
    recorded.windows.push(this);
    this.visible = options.show ?? true;
    app.emit('web-contents-created', {}, this.webContents);
  }
  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url);
  }
  show(): void {
    this.visible = true;
  }
  hide(): void {
    this.visible = false;
  }
  focus(): void {
    this.focused += 1;
  }
  isVisible(): boolean {
    return this.visible;
  }
  isMinimized(): boolean {
    return false;
  }
  isMaximized(): boolean {
    return this.maximized;
  }
  maximize(): void {
    this.maximized = true;
  }
  setBackgroundColor(color: string): void {
    this.backgroundColor = color;
  }
  getNormalBounds(): Electron.Rectangle {
    return { x: 40, y: 50, width: 1000, height: 700 };
  }
  /** As the person's click on the window's close button; true when the window went. */
  close(): boolean {
    const event = { goes: true, preventDefault: () => (event.goes = false) };
    this.emit('close', event);
    if (event.goes) this.emit('closed');
    return event.goes;
  }
}

export const protocol = {
  registerSchemesAsPrivileged: (schemes: Electron.CustomScheme[]) => {
    recorded.order.push('scheme');
    recorded.privileged.push(...schemes);
  },
  handle: (scheme: string, handler: (request: Request) => Promise<Response>) => {
    recorded.order.push('protocol');
    recorded.protocolHandlers.set(scheme, handler);
  },
} satisfies Like<Electron.Protocol>;

type PermissionRequestHandler = (
  contents: unknown,
  permission: string,
  answer: (granted: boolean) => void,
  details: { requestingUrl: string },
) => void;
type PermissionCheckHandler = (contents: unknown, permission: string, origin: string) => boolean;

/** The default session; a test asks its handlers as a page would. */
export class SessionDouble {
  permissionRequest: PermissionRequestHandler | undefined;
  permissionCheck: PermissionCheckHandler | undefined;
  devicePermission: (() => boolean) | undefined;
  displayMedia: unknown;

  setPermissionRequestHandler(handler: PermissionRequestHandler): void {
    recorded.order.push('session guard');
    this.permissionRequest = handler;
  }
  setPermissionCheckHandler(handler: PermissionCheckHandler): void {
    this.permissionCheck = handler;
  }
  setDevicePermissionHandler(handler: () => boolean): void {
    this.devicePermission = handler;
  }
  setDisplayMediaRequestHandler(handler: unknown): void {
    this.displayMedia = handler;
  }
}

export const session = { defaultSession: new SessionDouble() } satisfies Like<typeof Electron.session>;

export const ipcMain = {
  handle: (channel: string, listener: Listener) => recorded.ipcHandlers.set(channel, listener),
} satisfies Like<Electron.IpcMain>;

/** The frame that calls come from; a test may put another here. */
export const sender: { frame: { origin: string; parent: object | null } | null } = {
  frame: { origin: 'app://opensandbox', parent: null },
};

export const ipcRenderer = Object.assign(new EventEmitter(), {
  /** Crosses to the main process by structured clone, as the real one does. */
  invoke: async (channel: string, ...args: unknown[]): Promise<unknown> => {
    const listener = recorded.ipcHandlers.get(channel);
    if (listener === undefined) throw new Error(`No handler registered for '${channel}'`);
    const sent = structuredClone(args);
    return structuredClone(await listener({ senderFrame: sender.frame }, ...sent));
  },
} satisfies Like<Electron.IpcRenderer>);

export const contextBridge = {
  exposeInMainWorld: (key: string, api: unknown) => recorded.exposed.set(key, api),
} satisfies Like<Electron.ContextBridge>;

export const dialog = {
  showMessageBox: (...args: [Electron.MessageBoxOptions] | [unknown, Electron.MessageBoxOptions]) => {
    // The options are the last argument, after the window if there is one.
    recorded.messageBoxes.push(args[args.length - 1] as Electron.MessageBoxOptions);
    return Promise.resolve({ response: recorded.messageBoxAnswer });
  },
  showMessageBoxSync: (
    ...args: [Electron.MessageBoxSyncOptions] | [unknown, Electron.MessageBoxSyncOptions]
  ) => {
    recorded.messageBoxes.push(args[args.length - 1] as Electron.MessageBoxSyncOptions);
    return recorded.messageBoxAnswer;
  },
  showOpenDialog: (...args: [Electron.OpenDialogOptions] | [unknown, Electron.OpenDialogOptions]) => {
    recorded.openDialogs.push(args[args.length - 1] as Electron.OpenDialogOptions);
    return Promise.resolve({ canceled: recorded.pickedFiles.length === 0, filePaths: recorded.pickedFiles });
  },
} satisfies Like<Electron.Dialog>;

export const shell = {
  openExternal: (url: string) => {
    recorded.openedExternally.push(url);
    return Promise.resolve();
  },
  openPath: (path: string) => {
    recorded.openedPaths.push(path);
    return Promise.resolve('');
  },
} satisfies Like<Electron.Shell>;

export const clipboard = {
  writeText: (text: string) => {
    recorded.clipboardText = text;
    return Promise.resolve();
  },
} satisfies Like<Electron.Clipboard>;

export const Menu = {
  buildFromTemplate: (template: Electron.MenuItemConstructorOptions[]) => template,
  setApplicationMenu: (template: Electron.MenuItemConstructorOptions[]) => {
    recorded.appMenu = template;
  },
} satisfies Like<typeof Electron.Menu>;

export class Tray extends EventEmitter {
  menu: Electron.MenuItemConstructorOptions[] = [];
  destroyed = false;

  constructor(readonly icon: string) {
    super();
    recorded.trays.push(this);
  }
  setToolTip(): void {
    this.emit('tooltip');
  }
  setContextMenu(menu: Electron.MenuItemConstructorOptions[]): void {
    this.menu = menu;
  }
  destroy(): void {
    this.destroyed = true;
  }
}

export class Notification extends EventEmitter {
  static isSupported(): boolean {
    return true;
  }
  constructor(readonly options: { title: string; body: string }) {
    super();
  }
  show(): void {
    recorded.notifications.push(this.options);
  }
}

export const screen = { getAllDisplays: () => recorded.displays } satisfies Like<Electron.Screen>;
export const nativeTheme = {
  themeSource: 'system',
  shouldUseDarkColors: true,
} satisfies Like<Electron.NativeTheme>;
export const powerMonitor = new EventEmitter();
