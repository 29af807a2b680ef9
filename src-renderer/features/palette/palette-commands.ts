import {
  Bell,
  CloudDownload,
  FileDown,
  GraduationCap,
  Keyboard,
  KeyRound,
  Plus,
  Rows3,
  SunMoon,
  type LucideIcon,
} from 'lucide-react';
import type { PatchSettingsRequest, Settings } from '../../../src-main/http/schemas/desktop';
import { errorMessage } from '../../api/api-error';
import { DIAGNOSTICS_URL } from '../../api/desktop-api';
import { wordsOf } from '../../model/palette-match';
import { ROUTES } from '../../routes';
import { openDialog } from '../../state/dialogs';
import { goTo } from '../../state/navigation';
import { saveSettings } from '../../state/preferences';
import { noticesState, switchNotices } from '../../state/system-notices';
import { showToast } from '../../state/toasts';
import type { PaletteEntry } from './palette-entries';

/** What belongs to no entity: new ones, help, and each setting that is a choice. */
export function commandEntries(settings: Settings | undefined, outage: string | undefined): PaletteEntry[] {
  return [
    {
      ...command('new', 'New sandbox…', Plus, () => openDialog({ kind: 'create-sandbox' })),
      shortcut: 'n',
      reason: outage ?? true,
    },
    {
      ...command('pull', 'Pull a snapshot from a registry…', CloudDownload, () =>
        openDialog({ kind: 'pull-snapshot' }),
      ),
      reason: outage ?? true,
    },
    command('tour', 'Take the tour', GraduationCap, () => goTo(ROUTES.tour), 'help onboarding sample'),
    {
      ...command('keys', 'Keyboard shortcuts', Keyboard, () => openDialog({ kind: 'shortcuts' }), 'help'),
      shortcut: '?',
    },
    ...settingEntries(settings),
    command('rotate', 'Make a new API key…', KeyRound, () => openDialog({ kind: 'rotate-key' }), 'rotate'),
    command('diagnostics', 'Save diagnostics', FileDown, () => location.assign(DIAGNOSTICS_URL)),
  ];
}

function settingEntries(settings: Settings | undefined): PaletteEntry[] {
  if (settings === undefined) return [];
  const entry = (label: string, icon: LucideIcon, change: PatchSettingsRequest): PaletteEntry => ({
    ...command(label, label, icon, () => save(change, label), 'setting'),
    reason: isSo(settings, change) ? 'It is so already.' : true,
  });
  const keys = settings.singleKeyShortcuts;
  const notices = noticesState() === 'on';
  return [
    entry('Theme: like the system', SunMoon, { theme: 'system' }),
    entry('Theme: light', SunMoon, { theme: 'light' }),
    entry('Theme: dark', SunMoon, { theme: 'dark' }),
    entry('Density: comfortable', Rows3, { density: 'comfortable' }),
    entry('Density: compact', Rows3, { density: 'compact' }),
    entry(`Single-key shortcuts: ${keys ? 'off' : 'on'}`, Keyboard, { singleKeyShortcuts: !keys }),
    command(
      'notices',
      `System notifications: ${notices ? 'off' : 'on'}`,
      Bell,
      () => void switchNotices(!notices),
      'setting',
    ),
  ];
}

function command(
  id: string,
  label: string,
  icon: LucideIcon,
  run: () => void,
  alsoCalled = '',
): PaletteEntry {
  return {
    key: `command:${id}`,
    label,
    detail: alsoCalled.startsWith('setting') ? 'Setting' : 'Command',
    icon,
    words: wordsOf(`${label} ${alsoCalled}`),
    reason: true,
    run,
  };
}

function isSo(settings: Settings, change: PatchSettingsRequest): boolean {
  return (
    (change.theme === undefined || settings.theme === change.theme) &&
    (change.density === undefined || settings.density === change.density) &&
    (change.singleKeyShortcuts === undefined || settings.singleKeyShortcuts === change.singleKeyShortcuts)
  );
}

function save(change: PatchSettingsRequest, label: string): void {
  saveSettings(change).then(
    () => showToast({ tone: 'info', message: `${label}.` }),
    (error: unknown) => showToast({ tone: 'error', message: errorMessage(error) }),
  );
}
