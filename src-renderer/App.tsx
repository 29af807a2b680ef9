import { CircleAlert } from 'lucide-react';
import { Suspense, lazy, type ReactNode } from 'react';
import { Redirect, Route, Router, Switch, useLocation } from 'wouter';
import styles from './App.module.css';
import { Button } from './components/Button';
import { EmptyState } from './components/EmptyState';
import { ErrorBoundary } from './components/ErrorBoundary';
import { GridSkeleton } from './components/GridSkeleton';
import { LiveRegions } from './components/LiveRegions';
import { Screen } from './components/Screen';
import { Toasts } from './components/Toasts';
import { importAgain } from './components/import-again';
import { ActivityScreen } from './features/activity/ActivityScreen';
import { EngineOnboarding } from './features/onboarding/EngineOnboarding';
import { SignIn } from './features/onboarding/SignIn';
import { SandboxesScreen } from './features/sandboxes/SandboxesScreen';
import { SettingsScreen } from './features/settings/SettingsScreen';
import { DialogHost } from './features/shell/DialogHost';
import { GlobalKeys } from './features/shell/GlobalKeys';
import { Notices } from './features/shell/Notices';
import { Rail } from './features/shell/Rail';
import { StatusBar } from './features/shell/StatusBar';
import { SnapshotsScreen } from './features/snapshots/SnapshotsScreen';
import { ROUTES, isSandboxPart } from './routes';
import { SandboxPage } from './SandboxPage';
import { useConnection } from './state/connection';
import { useSandboxes } from './state/sandboxes';
import { useSnapshots } from './state/snapshots';
import { leaveThen } from './state/unsaved';

/** `/app`: the same below http://localhost and app://. */
const BASE_PATH = import.meta.env.BASE_URL.replace(/\/$/, '');

/** Not in the first load: most visits never come here. */
const CompareScreen = lazy(() => importAgain(() => import('./features/compare/CompareScreen')));
const DiskScreen = lazy(async () => ({
  default: (await importAgain(() => import('./features/disk/DiskScreen'))).DiskScreen,
}));
const FilesScreen = lazy(() => importAgain(() => import('./features/snapshots/FilesScreen')));
const LineageScreen = lazy(async () => ({
  default: (await importAgain(() => import('./features/lineage/LineageScreen'))).LineageScreen,
}));
const TourScreen = lazy(async () => ({
  default: (await importAgain(() => import('./features/onboarding/TourScreen'))).TourScreen,
}));

export function App() {
  const hasData = useHasData();
  return (
    <Router base={BASE_PATH} aroundNav={(go, to, options) => leaveThen(() => go(to, options))}>
      <GlobalKeys />
      <div className={styles.app}>
        <Rail />
        <main className={styles.main}>
          <Notices hasData={hasData} />
          <CurrentScreen hasData={hasData} />
        </main>
        <StatusBar />
      </div>
      <DialogHost />
      <Toasts />
      <LiveRegions />
    </Router>
  );
}

function CurrentScreen({ hasData }: { hasData: boolean }) {
  const [path] = useLocation();
  const signedOut = useConnection((state) => state.phase === 'signed-out');
  if (signedOut) return <SignIn />;
  // One boundary per screen: going elsewhere leaves a broken screen behind.
  const screen = path.split('/')[1] ?? '';
  return (
    <ErrorBoundary key={screen}>
      <Screens hasData={hasData} />
    </ErrorBoundary>
  );
}

function Screens({ hasData }: { hasData: boolean }) {
  const engine = useConnection((state) => state.status?.engine);
  const onboarding = !hasData && engine !== undefined && engine.state !== 'connected' ? engine : undefined;
  /** Without an engine and anything known there is nothing to show, but how to get one. */
  const needsEngine = (title: string, screen: ReactNode): ReactNode =>
    onboarding === undefined ? screen : <EngineOnboarding engine={onboarding} title={title} />;
  return (
    <Switch>
      <Route path="/">
        <Redirect to={ROUTES.sandboxes} replace />
      </Route>
      <Route path={ROUTES.sandboxes}>{needsEngine('Sandboxes', <SandboxesScreen />)}</Route>
      <Route path={`${ROUTES.sandboxes}/:id/:part?`}>
        {({ id, part }) =>
          isSandboxPart(part) ? <SandboxPage key={id} id={id} part={part} /> : <NotFound />
        }
      </Route>
      <Route path={ROUTES.compare}>
        {needsEngine(
          'Compare',
          <Suspense fallback={null}>
            <CompareScreen />
          </Suspense>,
        )}
      </Route>
      <Route path={`${ROUTES.snapshots}/:id/files`}>
        {({ id }) => (
          <Suspense fallback={null}>
            <FilesScreen key={id} id={id} />
          </Suspense>
        )}
      </Route>
      <Route path={`${ROUTES.snapshots}/:id?`}>
        {({ id }) => needsEngine('Snapshots', <SnapshotsScreen openId={id} />)}
      </Route>
      <Route path={ROUTES.disk}>
        {needsEngine(
          'Disk',
          <Suspense fallback={<GridSkeleton label="Loading" />}>
            <DiskScreen />
          </Suspense>,
        )}
      </Route>
      <Route path={ROUTES.lineage}>
        {needsEngine(
          'Lineage',
          <Suspense fallback={null}>
            <LineageScreen />
          </Suspense>,
        )}
      </Route>
      <Route path={ROUTES.activity}>
        <ActivityScreen />
      </Route>
      <Route path={ROUTES.tour}>
        {needsEngine(
          'Tour',
          <Suspense fallback={null}>
            <TourScreen />
          </Suspense>,
        )}
      </Route>
      <Route path={ROUTES.settings}>
        <SettingsScreen />
      </Route>
      <Route>
        <NotFound />
      </Route>
    </Switch>
  );
}

function NotFound() {
  const [, navigate] = useLocation();
  return (
    <Screen title="Not found">
      <EmptyState
        icon={CircleAlert}
        title="There is no such page"
        text="The address may be from another version."
        action={<Button onClick={() => navigate(ROUTES.sandboxes)}>Show sandboxes</Button>}
      />
    </Screen>
  );
}

/** True once there was anything to show; then a lost engine is a banner, not a screen. */
function useHasData(): boolean {
  const sandboxes = useSandboxes((state) => state.order.length > 0);
  const snapshots = useSnapshots((state) => state.order.length > 0);
  return sandboxes || snapshots;
}
