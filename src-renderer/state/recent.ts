const STORAGE_KEY = 'palette-recent';
const MAX_RECENT = 8;

/** Keys of what was chosen in the palette or looked at, newest first; this browser's own. */
export function recentKeys(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '[]');
    return Array.isArray(stored) ? stored.filter((key) => typeof key === 'string') : [];
  } catch {
    // Storage may be denied or hold something else: then nothing is recent.
    return [];
  }
}

export function noteRecent(key: string): void {
  const keys = [key, ...recentKeys().filter((each) => each !== key)].slice(0, MAX_RECENT);
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(keys));
  } catch {
    // As above.
  }
}
