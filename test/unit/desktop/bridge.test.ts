import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BackendHost } from '../../../src-main/desktop/backend-host';
import { bridgeHandlers } from '../../../src-main/desktop/bridge-handlers';
import { handleChannels } from '../../../src-main/desktop/ipc-handling';
import type { MainWindow } from '../../../src-main/desktop/main-window';
import type { DesktopBridge } from '../../../src-preload/bridge';
import { ipcMain, ipcRenderer, recorded, resetDouble, sender } from './electron-double';
import { SMALL_KEY, type SmallBackend, makeSmallBackend } from './small-backend';

vi.mock('electron', () => import('./electron-double'));

const OWN_PAGE = { origin: 'app://opensandbox', parent: null };

let dir: string;
let backend: SmallBackend;
let bridge: DesktopBridge;

beforeEach(async () => {
  resetDouble();
  sender.frame = OWN_PAGE;
  dir = mkdtempSync(join(tmpdir(), 'osb-bridge-'));
  backend = await makeSmallBackend(dir);
  const window = { current: undefined, open: () => undefined } as unknown as MainWindow;
  const host = new BackendHost(() => Promise.resolve(backend));
  handleChannels(ipcMain as unknown as Electron.IpcMain, bridgeHandlers(host, window));
  vi.resetModules();
  await import('../../../src-preload/index');
  bridge = recorded.exposed.get('desktop') as DesktopBridge;
});
afterEach(async () => {
  await backend.close();
  rmSync(dir, { recursive: true });
});

describe('the bridge, from the preload to its handlers and back', () => {
  it('exposes the agreed functions and nothing of Electron', () => {
    expect([...recorded.exposed.keys()]).toEqual(['desktop']);
    expect(Object.keys(bridge).toSorted()).toEqual([
      'copyApiKey',
      'importImageFromFile',
      'notify',
      'platform',
      'retryOnPort',
      'showDataFolder',
    ]);
  });

  it('copies the key without handing it to the page', async () => {
    await expect(bridge.copyApiKey()).resolves.toBeUndefined();
    expect(recorded.clipboardText).toBe(SMALL_KEY);
  });

  it('shows the data folder', async () => {
    await bridge.showDataFolder();
    expect(recorded.openedPaths).toEqual([dir]);
  });

  it('shows a notification', async () => {
    await bridge.notify('Snapshot ready', 'web 24 Nov');
    expect(recorded.notifications).toEqual([{ title: 'Snapshot ready', body: 'web 24 Nov' }]);
  });

  it('streams the picked file into the import route', async () => {
    const file = join(dir, 'rootfs.tar');
    writeFileSync(file, Buffer.alloc(3_000_000, 1));
    recorded.pickedFiles = [file];
    expect(await bridge.importImageFromFile('my/image:1 &x')).toEqual({ taskId: 'task_1' });
    expect(backend.world.imports).toEqual([
      { name: 'my/image:1 &x', bytes: 3_000_000, contentType: 'application/x-tar' },
    ]);
    expect(recorded.openDialogs[0]?.properties).toEqual(['openFile']);
  });

  it('imports nothing when the dialog is cancelled', async () => {
    expect(await bridge.importImageFromFile('image')).toBeUndefined();
    expect(backend.world.imports).toEqual([]);
  });

  it('says when the picked file is gone', async () => {
    recorded.pickedFiles = [join(dir, 'missing.tar')];
    await expect(bridge.importImageFromFile('image')).rejects.toThrow('missing.tar cannot be read');
  });

  it('listens on another port and says where', async () => {
    expect(await bridge.retryOnPort(8090)).toEqual({ address: 'http://localhost:8090' });
  });

  it('rebuilds the error of the main process, with its code as name', async () => {
    backend.world.takenPorts = [8080];
    await expect(bridge.retryOnPort(8080)).rejects.toMatchObject({
      name: 'SERVER::PORT_TAKEN',
      message: 'Port 8080 is taken. Choose another.',
    });
  });

  it.each([0, 65_536, 80.5, NaN, '8080', null])('refuses the port %s', async (port) => {
    await expect(bridge.retryOnPort(port as number)).rejects.toThrow('whole number from 1 to 65535');
  });

  it.each([
    ['', 'x'],
    ['x', ' '],
    ['x'.repeat(201), 'x'],
    [{}, 'x'],
  ])('refuses the notification %j', async (title, body) => {
    await expect(bridge.notify(title as string, body)).rejects.toThrow('must be a text');
    expect(recorded.notifications).toEqual([]);
  });

  it.each([
    ['another origin', { origin: 'https://example.com', parent: null }],
    ['a lookalike origin', { origin: 'app://opensandbox.example.com', parent: null }],
    ['an opaque origin', { origin: 'null', parent: null }],
    ['a frame inside our page', { origin: 'app://opensandbox', parent: {} }],
    ['a frame that is gone', null],
  ])('refuses every call from %s', async (_who, frame) => {
    sender.frame = frame;
    const calls = [
      bridge.copyApiKey(),
      bridge.importImageFromFile('x'),
      bridge.showDataFolder(),
      bridge.notify('a', 'b'),
      bridge.retryOnPort(8090),
    ];
    for (const call of calls) await expect(call).rejects.toMatchObject({ name: 'DESKTOP::UNTRUSTED_SENDER' });
    expect(recorded).toMatchObject({
      clipboardText: '',
      openedPaths: [],
      notifications: [],
      openDialogs: [],
    });
    expect(backend.address).toBe('http://localhost:8080');
  });
});

describe('routes sent to the page', () => {
  it('are shown through the history, without loading the page again', () => {
    const shown: string[] = [];
    vi.stubGlobal('history', { pushState: (_data: null, _unused: string, url: string) => shown.push(url) });
    vi.stubGlobal('PopStateEvent', Event);
    vi.stubGlobal('window', { dispatchEvent: () => shown.push('popstate') });
    ipcRenderer.emit('desktop:navigate', {}, '/app/settings');
    ipcRenderer.emit('desktop:navigate', {}, 7);
    vi.unstubAllGlobals();
    expect(shown).toEqual(['/app/settings', 'popstate']);
  });
});
