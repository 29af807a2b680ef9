import type { MenuItemConstructorOptions } from 'electron';
import { GUI_PATH } from './app-origin';

/** What the menu's own entries do; the others are Electron's roles. */
export interface AppMenuActions {
  open(route: string): void;
  closeWindow(): void;
  quit(): void;
}

/** The application menu. Its accelerators are those that browsers reserve, so the GUI has no keys of its own for them. */
export function appMenu(platform: NodeJS.Platform, actions: AppMenuActions): MenuItemConstructorOptions[] {
  const page = (label: string, accelerator: string, path: string): MenuItemConstructorOptions => ({
    label,
    accelerator,
    click: () => {
      actions.open(GUI_PATH + path);
    },
  });
  const settings = page('Settings…', 'CmdOrCtrl+,', 'settings');
  const quit: MenuItemConstructorOptions = {
    label: 'Quit OpenSandbox Desktop',
    accelerator: 'CmdOrCtrl+Q',
    click: () => {
      actions.quit();
    },
  };
  const isMac = platform === 'darwin';
  return [
    ...(isMac ? [macAppMenu(settings, quit)] : []),
    {
      label: '&File',
      submenu: [
        page('New sandbox…', 'CmdOrCtrl+N', 'sandboxes?dialog=create-sandbox'),
        ...(isMac ? [] : [settings]),
        { type: 'separator' },
        {
          label: 'Close window',
          accelerator: 'CmdOrCtrl+W',
          click: () => {
            actions.closeWindow();
          },
        },
        ...(isMac ? [] : [quit]),
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        page('Sandboxes', 'CmdOrCtrl+1', 'sandboxes'),
        page('Snapshots', 'CmdOrCtrl+2', 'snapshots'),
        page('Activity', 'CmdOrCtrl+3', 'activity'),
        { type: 'separator' },
        { role: 'reload' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
        { role: 'toggleDevTools' },
      ],
    },
    { role: 'windowMenu' },
  ];
}

function macAppMenu(
  settings: MenuItemConstructorOptions,
  quit: MenuItemConstructorOptions,
): MenuItemConstructorOptions {
  return {
    role: 'appMenu',
    submenu: [
      { role: 'about' },
      { type: 'separator' },
      settings,
      { type: 'separator' },
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      { type: 'separator' },
      quit,
    ],
  };
}
