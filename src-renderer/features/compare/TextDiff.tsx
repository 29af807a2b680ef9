import { MergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { EDITOR_LOOK, editorRoot } from '../../components/editor-look';
import styles from './PathDetail.module.css';

const DIFFERENCES = EditorView.theme({
  '.cm-collapsedLines': { background: 'var(--hover)', color: 'var(--muted)' },
  // The sign of its own there is in hardly any font.
  '.cm-collapsedLines::before, .cm-collapsedLines::after': { content: '"…"' },
  '&.cm-merge-a .cm-changedLine, .cm-deletedChunk': { backgroundColor: 'var(--state-failed-tint)' },
  '&.cm-merge-b .cm-changedLine': { backgroundColor: 'var(--state-running-tint)' },
  '&.cm-merge-a .cm-changedText': { background: 'none', borderBottom: '2px solid var(--state-failed)' },
  '&.cm-merge-b .cm-changedText': { background: 'none', borderBottom: '2px solid var(--state-running)' },
});

/** Two texts side by side, read-only, with long unchanged parts folded. */
export default function TextDiff({ before, after }: { before: string; after: string }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (host.current === null) return;
    const root = editorRoot(host.current);
    const view = new MergeView({
      a: { doc: before, extensions: extensions('Text of from') },
      b: { doc: after, extensions: extensions('Text of to') },
      root,
      parent: root,
      collapseUnchanged: { margin: 3, minSize: 6 },
      diffConfig: { scanLimit: 2000, timeout: 500 },
    });
    return () => view.destroy();
  }, [before, after]);
  return <div ref={host} className={styles.diff} />;
}

function extensions(label: string) {
  return [
    lineNumbers(),
    EditorState.readOnly.of(true),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
    EDITOR_LOOK,
    DIFFERENCES,
  ];
}
