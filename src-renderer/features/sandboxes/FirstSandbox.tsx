import { Box, GraduationCap, Plus } from 'lucide-react';
import { useEffect, useMemo } from 'react';
import { Button } from '../../components/Button';
import { EmptyState } from '../../components/EmptyState';
import { SnippetTabs } from '../../components/SnippetTabs';
import { createSnippets } from '../../model/snippets';
import { useSnippetContext } from '../../components/use-snippet-context';
import { ROUTES } from '../../routes';
import { useOutage } from '../../state/connection';
import { openDialog } from '../../state/dialogs';
import { goTo } from '../../state/navigation';
import { loadImages, useImages } from '../../state/images';

/** What sandboxes are for, a button, the tour, one snippet. */
export function FirstSandbox() {
  const context = useSnippetContext();
  const outage = useOutage();
  const images = useImages();
  useEffect(() => void loadImages(), []);
  const first = images.order[0];
  const snippets = useMemo(() => createSnippets(context, first ?? 'busybox'), [context, first]);
  return (
    <div className="scroll-area">
      <EmptyState
        icon={Box}
        title="No sandboxes yet"
        text="A sandbox is a container of your own engine, made to be used, captured and thrown away. Take a snapshot at any moment and start again from there."
        action={
          <>
            <Button
              tone="primary"
              icon={Plus}
              disabled={outage !== undefined}
              title={outage}
              onClick={() => openDialog({ kind: 'create-sandbox' })}
            >
              {images.loadedAt !== undefined && first === undefined
                ? 'Get a first image'
                : 'Create a sandbox'}
            </Button>
            <Button icon={GraduationCap} onClick={() => goTo(ROUTES.tour)}>
              Take the tour
            </Button>
          </>
        }
      >
        <SnippetTabs label="The same from a terminal or a program" snippets={snippets} />
      </EmptyState>
    </div>
  );
}
