import { Suspense, lazy, useEffect } from 'react';
import { useLocation } from 'wouter';
import { importAgain } from '../../components/import-again';
import { useDialogs } from '../../state/dialogs';

const importDialogs = () => importAgain(() => import('./Dialogs'));
const Dialogs = lazy(async () => ({ default: (await importDialogs()).Dialogs }));

/** Dialogs and menus are not in the first load, but there before the first click: fetched once the page is idle. */
export function DialogHost() {
  const open = useDialogs((state) => state.open);
  const [, navigate] = useLocation();
  useEffect(() => {
    const idle = requestIdleCallback(() => {
      void importDialogs();
      void importAgain(() => import('../palette/Palette'));
      void importAgain(() => import('../../components/ActionMenuPopover'));
    });
    return () => cancelIdleCallback(idle);
  }, []);
  return (
    <Suspense fallback={null}>{open !== undefined && <Dialogs open={open} navigate={navigate} />}</Suspense>
  );
}
