import { create } from 'zustand';
import { showToast } from './toasts';

/** Told to the desktop only when the work took longer than this. */
const LONG_WORK_MS = 10_000;
const STORAGE_KEY = 'system-notices';

type NoticesState = 'on' | 'off' | 'impossible';

/** The window's own notifications need no permission; a browser's are this browser's choice, off until asked for. */
const useNotices = create<{ readonly state: NoticesState }>(() => ({ state: read() }));

export function useNoticesState(): NoticesState {
  return useNotices((store) => store.state);
}

export function noticesState(): NoticesState {
  return useNotices.getState().state;
}

/** Switches them; the browser asks for its permission here and nowhere else. */
export async function switchNotices(on: boolean): Promise<void> {
  if (on && window.desktop === undefined) {
    const permission = 'Notification' in window ? await Notification.requestPermission() : 'denied';
    if (permission !== 'granted') {
      showToast({
        tone: 'error',
        message: 'This browser does not allow notifications. Allow them for this page in its settings first.',
      });
      return;
    }
  }
  try {
    localStorage.setItem(STORAGE_KEY, on ? 'on' : 'off');
  } catch {
    // Storage may be denied: then the choice lasts as long as the page.
  }
  useNotices.setState({ state: on ? 'on' : 'off' });
  showToast({ tone: 'info', message: `System notifications: ${on ? 'on' : 'off'}.` });
}

/** Says the end of long work to a person who looks elsewhere; `startedAt` is an ISO time. */
export function notifyLongWork(startedAt: string, title: string, text: string): void {
  const isLong = Date.now() - Date.parse(startedAt) > LONG_WORK_MS;
  if (!isLong || document.hasFocus() || noticesState() !== 'on') return;
  if (window.desktop !== undefined) void window.desktop.notify(title, text);
  else new Notification(title, { body: text }).onclick = () => window.focus();
}

function read(): NoticesState {
  const stored = storedChoice();
  if (window.desktop !== undefined) return stored === 'off' ? 'off' : 'on';
  if (!('Notification' in window)) return 'impossible';
  return stored === 'on' && Notification.permission === 'granted' ? 'on' : 'off';
}

function storedChoice(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}
