import { useEffect, useEffectEvent, useRef } from 'react';
import { useLocation } from 'wouter';
import { useKeys } from '../../components/use-keys';
import { SCREENS } from '../../screens';
import { useOutage } from '../../state/connection';
import { openDialog, useDialogs } from '../../state/dialogs';
import { noteRecent } from '../../state/recent';
import { showToast } from '../../state/toasts';

const SEQUENCE_MS = 1200;
/** A page that is about one sandbox or snapshot. */
const ENTITY_PAGE = /^\/(?:sandboxes|snapshots)\/([^/]+)/;

/** Keys that mean the same everywhere. Mounted before the screens, so that `g s` is not `s`. */
export function GlobalKeys() {
  const [path, navigate] = useLocation();
  const outage = useOutage();
  const goneAt = useRef(0);
  usePaletteKey();
  useEffect(() => {
    const [, id] = ENTITY_PAGE.exec(path) ?? [];
    if (id !== undefined) noteRecent(decodeURIComponent(id));
  }, [path]);
  useKeys((key) => {
    if (key === '?') {
      openDialog({ kind: 'shortcuts' });
      return true;
    }
    const inSequence = performance.now() - goneAt.current < SEQUENCE_MS && goneAt.current !== 0;
    goneAt.current = 0;
    const place = SCREENS.find((screen) => screen.key === key);
    if (inSequence && place !== undefined) {
      navigate(place.route);
      return true;
    }
    if (key === 'g') goneAt.current = performance.now();
    else if (key === 'n' && outage !== undefined) showToast({ tone: 'info', message: outage });
    else if (key === 'n') openDialog({ kind: 'create-sandbox' });
    else return false;
    return true;
  });
  return null;
}

/** Ctrl-K, or Cmd-K: also from a text field, but never from a terminal, whose shell knows that key, or over a dialog. */
function usePaletteKey(): void {
  const handle = useEffectEvent((event: KeyboardEvent) => {
    const isAsked = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (!isAsked || event.key.toLowerCase() !== 'k' || event.defaultPrevented) return;
    if (event.target instanceof Element && event.target.closest('.xterm') !== null) return;
    event.preventDefault();
    if (useDialogs.getState().open === undefined) openDialog({ kind: 'palette' });
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => handle(event);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}
