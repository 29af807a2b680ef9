import { useEffect, useEffectEvent } from 'react';
import { useDialogs } from '../state/dialogs';
import { usePreferences } from '../state/preferences';

const LABELS: Readonly<Record<string, string>> = { Delete: 'Del', Enter: '↵', ' ': 'Space' };

/** How a key is written on screen: `S` for s, `⇧S` for shift and s. */
export function keyLabel(key: string): string {
  if (/^[A-Z]$/.test(key)) return `⇧${key}`;
  return LABELS[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}

/**
 * Single keys while no field, menu or dialog has the focus; off when the person switched them off (WCAG 2.1.4).
 * The handler answers whether it used the key.
 */
export function useKeys(onKey: (key: string) => boolean): void {
  const handle = useEffectEvent((event: KeyboardEvent) => {
    if (isTaken(event)) return;
    if (onKey(event.key)) event.preventDefault();
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => handle(event);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}

function isTaken(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return true;
  if (useDialogs.getState().open !== undefined) return true;
  const isCharacter = event.key.length === 1;
  if (isCharacter && usePreferences.getState().settings?.singleKeyShortcuts === false) return true;
  // Seen from outside, what happens in a shadow tree happens at its host.
  const [target] = event.composedPath();
  return (
    target instanceof Element &&
    target.closest(
      'input:not([type=checkbox]), textarea, select, [contenteditable], [role=menu], [role=dialog]',
    ) !== null
  );
}
