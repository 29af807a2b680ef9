import { create } from 'zustand';
import type { PatchSettingsRequest, Settings } from '../../src-main/http/schemas/desktop';
import { getSettings, patchSettings } from '../api/desktop-api';

interface PreferencesState {
  /** Absent until the server answered; theme and density of last time are on the page meanwhile. */
  readonly settings: Settings | undefined;
}

export const usePreferences = create<PreferencesState>(() => ({ settings: undefined }));

/** @throws ApiError when the settings cannot be read. */
export async function loadSettings(): Promise<void> {
  applySettings(await getSettings());
}

/** Saves a change at once. @throws ApiError with what the server did not like. */
export async function saveSettings(change: PatchSettingsRequest): Promise<void> {
  applySettings(await patchSettings(change));
}

/** Takes settings over and puts theme and density on the page; theme.js reads them before the next first paint. */
export function applySettings(settings: Settings): void {
  usePreferences.setState({ settings });
  const root = document.documentElement;
  remember('theme', settings.theme);
  remember('density', settings.density);
  if (settings.theme === 'system') delete root.dataset['theme'];
  else root.dataset['theme'] = settings.theme;
  if (settings.density === 'compact') root.dataset['density'] = 'compact';
  else delete root.dataset['density'];
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage may be denied: then the next start shows the system's theme for a moment.
  }
}
