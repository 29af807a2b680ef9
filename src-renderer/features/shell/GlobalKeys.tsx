import { useRef } from 'react';
import { useLocation } from 'wouter';
import { useKeys } from '../../components/use-keys';
import { ROUTES } from '../../routes';
import { openDialog } from '../../state/dialogs';

const SEQUENCE_MS = 1200;
const PLACES: Readonly<Record<string, string>> = {
  s: ROUTES.sandboxes,
  n: ROUTES.snapshots,
  l: ROUTES.lineage,
  c: ROUTES.compare,
  d: ROUTES.disk,
  a: ROUTES.activity,
  ',': ROUTES.settings,
};

/** `g` then a letter for the screens, `?` for the list of keys. Mounted before the screens, so that `g s` is not `s`. */
export function GlobalKeys() {
  const [, navigate] = useLocation();
  const goneAt = useRef(0);
  useKeys((key) => {
    if (key === '?') {
      openDialog({ kind: 'shortcuts' });
      return true;
    }
    const inSequence = performance.now() - goneAt.current < SEQUENCE_MS && goneAt.current !== 0;
    goneAt.current = 0;
    const place = PLACES[key];
    if (inSequence && place !== undefined) {
      navigate(place);
      return true;
    }
    if (key !== 'g') return false;
    goneAt.current = performance.now();
    return true;
  });
  return null;
}
