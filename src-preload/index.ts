import { contextBridge, ipcRenderer } from 'electron';
import type { DesktopBridge } from './bridge';
import { NAVIGATE_CHANNEL } from './ipc-channels';
import { callMain } from './ipc-client';
import { showRoute } from './page-route';

const bridge: DesktopBridge = {
  platform: process.platform,
  copyApiKey: async () => {
    await callMain('desktop:copy-api-key');
  },
  importImageFromFile: async (name) => (await callMain('desktop:import-image', name)) ?? undefined,
  showDataFolder: async () => {
    await callMain('desktop:show-data-folder');
  },
  notify: async (title, body) => {
    await callMain('desktop:notify', title, body);
  },
  retryOnPort: (port) => callMain('desktop:retry-on-port', port),
};

contextBridge.exposeInMainWorld('desktop', bridge);

ipcRenderer.on(NAVIGATE_CHANNEL, (_event, path: unknown) => {
  if (typeof path === 'string') showRoute(path);
});
