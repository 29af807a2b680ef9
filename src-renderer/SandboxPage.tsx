import { Suspense, lazy, type ReactNode } from 'react';
import type { DesktopSandbox } from '../src-main/http/schemas/desktop';
import { GridSkeleton } from './components/GridSkeleton';
import { importAgain } from './components/import-again';
import { SandboxScreen } from './features/sandboxes/SandboxScreen';
import type { SandboxPart } from './routes';

/** Parts with a library behind them come when they are first opened. */
const TerminalTab = lazy(async () => {
  const { TerminalTab: part } = await importAgain(() => import('./features/terminal/TerminalTab'));
  return { default: part };
});

const FilesTab = lazy(async () => {
  const { FilesTab: part } = await importAgain(() => import('./features/files/FilesTab'));
  return { default: part };
});
const MetricsTab = lazy(async () => {
  const { MetricsTab: part } = await importAgain(() => import('./features/metrics/MetricsTab'));
  return { default: part };
});
const RulesTab = lazy(async () => {
  const { RulesTab: part } = await importAgain(() => import('./features/rules/RulesTab'));
  return { default: part };
});

/** A sandbox with the parts of its page that belong to other features. */
export function SandboxPage({ id, part }: { id: string; part: SandboxPart | undefined }) {
  return <SandboxScreen id={id} {...(part === undefined ? {} : { part })} renderPart={renderPart} />;
}

function renderPart(part: SandboxPart, item: DesktopSandbox): ReactNode {
  return (
    <Suspense fallback={<GridSkeleton label="Loading" />}>
      {part === 'terminal' && <TerminalTab key={item.sandbox.id} item={item} />}
      {part === 'files' && <FilesTab key={item.sandbox.id} item={item} />}
      {part === 'metrics' && <MetricsTab key={item.sandbox.id} item={item} />}
      {part === 'rules' && <RulesTab item={item} />}
    </Suspense>
  );
}
