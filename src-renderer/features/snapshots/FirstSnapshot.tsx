import { Camera } from 'lucide-react';
import { useMemo } from 'react';
import { useLocation } from 'wouter';
import { Button } from '../../components/Button';
import { EmptyState } from '../../components/EmptyState';
import { SnippetTabs } from '../../components/SnippetTabs';
import { useSnippetContext } from '../../components/use-snippet-context';
import { sandboxSnippets } from '../../model/snippets';
import { ROUTES } from '../../routes';
import { useSandboxes } from '../../state/sandboxes';

/** What snapshots are for, one button, one snippet. */
export function FirstSnapshot() {
  const context = useSnippetContext();
  const [, navigate] = useLocation();
  const first = useSandboxes((state) => state.order[0]);
  const snippets = useMemo(() => sandboxSnippets(context, first ?? 'SANDBOX_ID'), [context, first]);
  return (
    <div className="scroll-area">
      <EmptyState
        icon={Camera}
        title="No snapshots yet"
        text="A snapshot keeps the files of a sandbox as they are now. Start as many sandboxes from it as you like, also after the first one is gone."
        action={
          <Button tone="primary" onClick={() => navigate(ROUTES.sandboxes)}>
            Choose a sandbox to capture
          </Button>
        }
      >
        <SnippetTabs label="The same from a terminal or a program" snippets={snippets} />
      </EmptyState>
    </div>
  );
}
