import { MergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import styles from './PathDetail.module.css';

/** Names of the tokens reach into the shadow tree, values do not have to be repeated. */
const THEME = EditorView.theme({
  '&': { backgroundColor: 'var(--surface)', color: 'var(--text)', font: 'var(--mono)' },
  '.cm-scroller': { font: 'var(--mono)' },
  '.cm-gutters': { backgroundColor: 'var(--canvas)', color: 'var(--muted)', borderColor: 'var(--line)' },
  '.cm-collapsedLines': { background: 'var(--hover)', color: 'var(--muted)' },
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
    // In a shadow tree the editor adopts its style sheets; in the page it would add a style element, which the
    // content security policy forbids.
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: 'open' });
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
    THEME,
  ];
}
