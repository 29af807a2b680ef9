import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Backend } from '../../../src-main/backend/backend-types';
import { type DesktopOptions, startDesktop } from '../../../src-main/desktop/start-desktop';
import { type BrowserWindow, app, nativeTheme, recorded, resetDouble } from './electron-double';
import { type SmallBackend, makeSmallBackend, until } from './small-backend';

vi.mock('electron', () => import('./electron-double'));

const CAPTURING = { finish: 0, now: 1, cancel: 2 };

let dir: string;
let backend: SmallBackend;
let announced: string[];
let logged: string[];

beforeEach(async () => {
  resetDouble();
  dir = mkdtempSync(join(tmpdir(), 'osb-desktop-'));
  backend = await makeSmallBackend(dir);
  announced = [];
  logged = [];
});
afterEach(async () => {
  // Leaves no event stream and no signal handler behind.
  app.emit('before-quit', { preventDefault: () => undefined });
  await until('the app ended', () => recorded.exitCodes.length > 0 || recorded.windows.length === 0);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(signal);
  await backend.close();
  rmSync(dir, { recursive: true });
});

async function start(changes: Partial<DesktopOptions> = {}): Promise<boolean> {
  return startDesktop({
    dataDir: dir,
    openWindow: true,
    args: [],
    preloadFile: '/app/out/preload/index.cjs',
    resourcesDir: '/app/resources',
    createBackend: () => {
      recorded.order.push('backend');
      return Promise.resolve(backend);
    },
    announce: (started: Backend) => announced.push(started.address),
    log: (message) => logged.push(message),
    ...changes,
  });
}

function onlyWindow(): BrowserWindow {
  const [window, ...others] = recorded.windows;
  if (window === undefined || others.length > 0) throw new Error(`${recorded.windows.length} windows`);
  return window;
}

function savedState(): unknown {
  return JSON.parse(readFileSync(join(dir, 'window', 'window-state.json'), 'utf8'));
}

describe('starting', () => {
  it('takes the lock, then guards, then opens the window, and only then starts the backend', async () => {
    await start();
    expect(recorded.order).toEqual([
      'lock',
      'sandbox',
      'scheme',
      'session guard',
      'protocol',
      'window',
      'backend',
    ]);
    await until('the ready line', () => announced.length > 0);
    expect(announced).toEqual(['http://localhost:8080']);
  });

  it('does what must precede readiness without waiting, since Electron does not wait (electron #40719)', async () => {
    const starting = start();
    expect(recorded.order).toEqual(['lock', 'sandbox', 'scheme']);
    await starting;
  });

  it('does nothing at all when another instance has the lock', async () => {
    recorded.hasLock = false;
    expect(await start()).toBe(false);
    expect(recorded.order).toEqual(['lock']);
  });

  it('leaves the sandbox off where it was switched off on the command line', async () => {
    recorded.switches = ['no-sandbox'];
    await start();
    expect(recorded.order).not.toContain('sandbox');
  });

  it('opens the page in a sandboxed, isolated window without Node', async () => {
    await start();
    const { webPreferences, minWidth, minHeight, width, height } = onlyWindow().options;
    // Exactly these: whatever else Electron offers keeps its default, which is the safe one.
    expect(webPreferences).toEqual({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
      preload: '/app/out/preload/index.cjs',
    });
    expect([minWidth, minHeight, width, height]).toEqual([900, 600, 1280, 800]);
    expect(onlyWindow().webContents.loadedUrls).toEqual(['app://opensandbox/app/']);
  });

  it('shows the window when its page is ready, on the background of the theme', async () => {
    await start();
    const window = onlyWindow();
    expect(window.options.backgroundColor).toBe('#111418');
    expect(window.visible).toBe(false);
    window.emit('ready-to-show');
    expect(window.visible).toBe(true);
  });

  it('shows the window also when the backend takes long', async () => {
    let started: (value: Backend) => void = () => undefined;
    await start({ createBackend: () => new Promise((resolve) => (started = resolve)) });
    await until('the window shows', () => onlyWindow().visible);
    started(backend);
  });

  it('keeps the window when the backend cannot start', async () => {
    await start({ createBackend: () => Promise.reject(new Error('the folder is held')) });
    await until('the failure is logged', () => logged.length > 0);
    expect(logged).toEqual(['The server could not start: the folder is held']);
    expect(recorded.exitCodes).toEqual([]);
    expect(recorded.windows).toHaveLength(1);
  });

  it('keeps the window when the port is taken', async () => {
    backend.world.takenPorts = [8080];
    await start();
    await until('the clash is logged', () => logged.length > 0);
    expect(announced).toEqual([]);
    const answer = await recorded.protocolHandlers.get('app')?.(new Request('app://opensandbox/app/'));
    expect(await answer?.text()).toBe('<h1>GUI</h1>');
  });

  it('starts in the tray alone when asked to, and opens from there', async () => {
    await start({ openWindow: false });
    expect(recorded.windows).toEqual([]);
    recorded.trays[0]?.emit('click');
    expect(onlyWindow().webContents.loadedUrls).toEqual(['app://opensandbox/app/']);
  });
});

describe('further starts and deep links', () => {
  it('opens the page of the link it was started with', async () => {
    await start({ args: ['opensandbox://sandboxes/sbx_1'] });
    expect(onlyWindow().webContents.loadedUrls).toEqual(['app://opensandbox/app/sandboxes/sbx_1']);
  });

  it('brings the window forward for a second instance and follows its link without a reload', async () => {
    await start();
    const window = onlyWindow();
    app.emit('second-instance', {}, ['opensandbox']);
    expect(window.focused).toBe(1);
    expect(window.webContents.sent).toEqual([]);
    app.emit('second-instance', {}, ['opensandbox', 'opensandbox://snapshots/snap_1']);
    expect(window.webContents.sent).toEqual([['desktop:navigate', '/app/snapshots/snap_1']]);
    expect(window.webContents.loadedUrls).toHaveLength(1);
  });

  it('loads the page at the link while the first load still runs', async () => {
    await start();
    const { webContents } = onlyWindow();
    webContents.loading = true;
    app.emit('open-url', { preventDefault: () => undefined }, 'opensandbox://snapshots/snap_1');
    expect(webContents.loadedUrls.at(-1)).toBe('app://opensandbox/app/snapshots/snap_1');
    expect(webContents.sent).toEqual([]);
  });
});

describe('closing the window', () => {
  it('quits, keeping the window’s place', async () => {
    await start();
    expect(onlyWindow().close()).toBe(false);
    await until('the app ended', () => recorded.exitCodes.length > 0);
    expect(recorded.exitCodes).toEqual([0]);
    expect(backend.closed).toBe(true);
    expect(savedState()).toMatchObject({
      bounds: { x: 40, y: 50, width: 1000, height: 700 },
      maximized: false,
    });
  });

  it('leaves the server in the tray when that is the setting, also when it was just changed', async () => {
    await start();
    await until('the settings were read', () => nativeTheme.themeSource === 'light');
    backend.world.settings = { theme: 'dark', keepRunningInTray: true };
    backend.world.emit('settings');
    await until('the change was read', () => nativeTheme.themeSource === 'dark');
    const window = onlyWindow();
    window.show();
    window.close();
    expect(window.visible).toBe(false);
    expect(recorded.exitCodes).toEqual([]);
    expect(savedState()).toMatchObject({ theme: 'dark' });
    recorded.trays[0]?.emit('click');
    expect(window.visible).toBe(true);
  });
});

describe('text that is not saved', () => {
  const STAY = 1;
  const LEAVE = 0;

  async function closeWith(answer: number): Promise<void> {
    recorded.messageBoxAnswer = answer;
    await start();
    onlyWindow().webContents.mayUnload = () => Promise.resolve(false);
    onlyWindow().close();
    await until('the question', () => recorded.messageBoxes.length > 0);
    expect(recorded.messageBoxes[0]).toMatchObject({
      message: 'Text that you typed is not saved.',
      defaultId: STAY,
      cancelId: STAY,
    });
  }

  it('keeps the window when it is to be saved first', async () => {
    await closeWith(STAY);
    await new Promise((resolve) => setImmediate(resolve));
    expect(onlyWindow().visible).toBe(true);
    expect(recorded.exitCodes).toEqual([]);
    onlyWindow().webContents.mayUnload = () => Promise.resolve(true);
  });

  it('goes with the window when the person says so', async () => {
    await closeWith(LEAVE);
    await until('the app ended', () => recorded.exitCodes.length > 0);
  });

  it('keeps no window whose page has crashed', async () => {
    await start();
    onlyWindow().webContents.mayUnload = () => Promise.reject(new Error('crashed'));
    onlyWindow().close();
    await until('the app ended', () => recorded.exitCodes.length > 0);
    expect(recorded.messageBoxes).toEqual([]);
  });

  it('is asked about before a reload too', async () => {
    recorded.messageBoxAnswer = STAY;
    await start();
    const reload = (): boolean => {
      let leaves = false;
      onlyWindow().webContents.emit('will-prevent-unload', { preventDefault: () => (leaves = true) });
      return leaves;
    };
    expect(reload()).toBe(false);
    recorded.messageBoxAnswer = LEAVE;
    expect(reload()).toBe(true);
  });
});

describe('quitting while captures run', () => {
  async function quitWith(answer: number): Promise<void> {
    backend.world.pendingCaptures = 2;
    recorded.messageBoxAnswer = answer;
    await start();
    await until('the backend runs', () => announced.length > 0);
    let prevented = false;
    app.emit('before-quit', { preventDefault: () => (prevented = true) });
    await until('the question', () => recorded.messageBoxes.length > 0);
    expect(prevented).toBe(true);
    expect(recorded.messageBoxes[0]).toMatchObject({
      message: '2 snapshots are still being captured.',
      buttons: ['Finish first', 'Quit now (recovers at next start)', 'Cancel'],
      defaultId: CAPTURING.finish,
      cancelId: CAPTURING.cancel,
    });
  }

  it('finishes them first', async () => {
    let drained = (): void => undefined;
    const draining = new Promise<void>((resolve) => {
      drained = resolve;
    });
    backend.world.drain = () => draining;
    await quitWith(CAPTURING.finish);
    expect(backend.closed).toBe(false);
    drained();
    await until('the app ended', () => recorded.exitCodes.length > 0);
    expect(backend.closed).toBe(true);
  });

  it('quits now', async () => {
    await quitWith(CAPTURING.now);
    await until('the app ended', () => recorded.exitCodes.length > 0);
    expect(backend.closed).toBe(true);
  });

  it('goes on when cancelled', async () => {
    await quitWith(CAPTURING.cancel);
    await new Promise((resolve) => setImmediate(resolve));
    expect(backend.closed).toBe(false);
    expect(recorded.exitCodes).toEqual([]);
    backend.world.pendingCaptures = 0;
  });

  it('does not ask when the process is told to end', async () => {
    backend.world.pendingCaptures = 1;
    await start();
    await until('the event stream', () => backend.world.openStreams === 1);
    process.emit('SIGTERM');
    await until('the app ended', () => recorded.exitCodes.length > 0);
    expect(recorded.messageBoxes).toEqual([]);
    expect(backend.world.openStreams).toBe(0);
  });
});

describe('the tray', () => {
  const web = {
    displayName: 'web',
    sandbox: { id: 'sbx_1', createdAt: '2026-11-24T10:00:00.000Z', status: { state: 'Running' } },
  };

  /** Chooses the entry whose label starts so, once it is there. */
  async function choose(label: string): Promise<void> {
    const entry = () => recorded.trays[0]?.menu.find((item) => item.label?.startsWith(label));
    await until(`the entry ${label}`, () => entry()?.click !== undefined);
    (entry()?.click as () => void)();
  }

  it('follows the server’s events and takes a snapshot through the API', async () => {
    await start();
    await until('the event stream', () => backend.world.openStreams === 1);
    backend.world.sandboxes = [web];
    backend.world.emit('sandbox');
    await choose('Quick snapshot of web');
    await until('the snapshot', () => backend.world.snapshots.length > 0);
    expect(backend.world.snapshots[0]?.sandboxId).toBe('sbx_1');
    expect(backend.world.snapshots[0]?.name).toMatch(/^web \d{1,2} \w{3,4} \d\d:\d\d$/);
    await until('the notification', () => recorded.notifications.length > 0);
    expect(recorded.notifications[0]?.title).toBe('Snapshot started');
  });

  it('says why a snapshot was not taken', async () => {
    backend.world.sandboxes = [{ ...web, sandbox: { ...web.sandbox, id: 'sbx_gone' } }];
    await start();
    await choose('Quick snapshot of web');
    await until('the notification', () => recorded.notifications.length > 0);
    expect(recorded.notifications).toEqual([
      { title: 'No snapshot of web', body: 'It is gone. Reload the list.' },
    ]);
  });

  it('opens a sandbox’s page', async () => {
    backend.world.sandboxes = [web];
    await start();
    await choose('web (Running)');
    expect(onlyWindow().webContents.sent).toEqual([['desktop:navigate', '/app/sandboxes/sbx_1']]);
  });
});
