import type { MenuItemConstructorOptions } from 'electron';
import { describe, expect, it } from 'vitest';
import { appMenu } from '../../../src-main/desktop/app-menu';
import { trayMenu } from '../../../src-main/desktop/tray-menu';
import type { DesktopSandbox } from '../../../src-main/http/schemas/desktop';

function sandbox(displayName: string, minute: number, state: string): DesktopSandbox {
  const createdAt = `2026-11-24T10:${String(minute).padStart(2, '0')}:00.000Z`;
  return {
    displayName,
    sandbox: { id: `sbx_${minute}`, createdAt, status: { state }, entrypoint: [] },
    resourceLimits: {},
    envNames: [],
    volumes: [],
    network: 'bridge',
    snapshotCount: 0,
  };
}

function makeTrayMenu(sandboxes: DesktopSandbox[]) {
  const chosen: string[] = [];
  const menu = trayMenu(sandboxes, {
    open: (route) => chosen.push(`open ${route ?? ''}`),
    snapshot: (entry) => chosen.push(`snapshot ${entry.sandbox.id}`),
    quit: () => chosen.push('quit'),
  });
  return { menu, chosen, labels: menu.map((item) => item.label).filter((label) => label !== undefined) };
}

/** As a person's click; Electron passes more than our handlers look at. */
function click(item: MenuItemConstructorOptions | undefined): void {
  (item?.click as (() => void) | undefined)?.();
}

describe('tray menu', () => {
  it('offers the five newest sandboxes and a snapshot of the newest running one', () => {
    const { menu, labels, chosen } = makeTrayMenu([
      sandbox('one', 1, 'Running'),
      sandbox('two', 2, 'Running'),
      sandbox('six', 6, 'Paused'),
      sandbox('four', 4, 'Running'),
      sandbox('three', 3, 'Running'),
      sandbox('five', 5, 'Failed'),
    ]);
    expect(labels).toEqual([
      'Open OpenSandbox Desktop',
      'six (Paused)',
      'five (Failed)',
      'four (Running)',
      'three (Running)',
      'two (Running)',
      'Quick snapshot of four',
      'Quit',
    ]);
    click(menu.find((item) => item.label === 'six (Paused)'));
    click(menu.find((item) => item.label?.startsWith('Quick')));
    click(menu.at(-1));
    expect(chosen).toEqual(['open /app/sandboxes/sbx_6', 'snapshot sbx_4', 'quit']);
  });

  it('offers no snapshot when nothing runs', () => {
    const { menu } = makeTrayMenu([sandbox('paused', 1, 'Paused')]);
    expect(menu.find((item) => item.label?.startsWith('Quick'))?.enabled).toBe(false);
    expect(makeTrayMenu([]).labels).toContain('No sandboxes');
  });

  it('shortens long names and shows an ampersand as one', () => {
    const { labels } = makeTrayMenu([sandbox('a & b', 1, 'Paused'), sandbox('x'.repeat(200), 2, 'Paused')]);
    expect(labels).toContain('a && b (Paused)');
    expect(Math.max(...labels.map((label) => label.length))).toBeLessThan(60);
  });
});

describe('application menu', () => {
  function flat(items: MenuItemConstructorOptions[]): MenuItemConstructorOptions[] {
    return items.flatMap((item) => [item, ...flat(Array.isArray(item.submenu) ? item.submenu : [])]);
  }

  it.each(['linux', 'win32', 'darwin'] as const)(
    'leads to pages on %s, each accelerator once',
    (platform) => {
      const done: string[] = [];
      const items = flat(
        appMenu(platform, {
          open: (route) => done.push(route),
          closeWindow: () => done.push('close'),
          quit: () => done.push('quit'),
        }),
      );
      const accelerators = items.map((item) => item.accelerator).filter((key) => key !== undefined);
      expect(new Set(accelerators).size).toBe(accelerators.length);
      for (const key of ['CmdOrCtrl+N', 'CmdOrCtrl+,', 'CmdOrCtrl+W', 'CmdOrCtrl+Q']) {
        click(items.find((item) => item.accelerator === key));
      }
      expect(done).toEqual(['/app/sandboxes?dialog=create-sandbox', '/app/settings', 'close', 'quit']);
      expect(items.map((item) => item.role)).toEqual(
        expect.arrayContaining(['reload', 'zoomIn', 'zoomOut', 'resetZoom']),
      );
    },
  );
});
