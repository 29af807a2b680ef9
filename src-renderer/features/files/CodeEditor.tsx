import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { search, searchKeymap } from '@codemirror/search';
import { EditorState, type Text } from '@codemirror/state';
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useEffectEvent, useImperativeHandle, useRef, type Ref } from 'react';
import { EDITOR_LOOK, editorRoot } from '../../components/editor-look';
import styles from './FilesTab.module.css';

const LOOK = EditorView.theme({
  '&': { height: '100%' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--hover) 60%, transparent)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 30%, transparent)',
  },
  '.cm-panels': { backgroundColor: 'var(--canvas)', color: 'var(--text)', borderColor: 'var(--line)' },
  '.cm-panel.cm-search': { font: 'var(--body)' },
  '.cm-panel.cm-search :is(input, button, label)': { font: 'inherit' },
  '.cm-panel.cm-search [name=close]': { width: '24px', height: '24px', color: 'inherit' },
  // The rule of the page does not reach into the shadow tree.
  '.cm-panel.cm-search :focus-visible': { outline: '2px solid var(--accent)', outlineOffset: '1px' },
  '.cm-panel.cm-search [type=checkbox]': { accentColor: 'var(--accent)', verticalAlign: 'middle' },
  '.cm-textfield': {
    border: '1px solid var(--control-border)',
    borderRadius: 'var(--radius-control)',
    backgroundColor: 'var(--surface)',
  },
  '.cm-button': {
    border: '1px solid var(--control-border)',
    borderRadius: 'var(--radius-control)',
    background: 'var(--raised)',
    color: 'inherit',
  },
  '.cm-searchMatch': { backgroundColor: 'var(--state-paused-tint)' },
});

/** The words of the search, in the case of all others. */
const WORDS = EditorState.phrases.of({
  next: 'Next',
  previous: 'Previous',
  all: 'Select all',
  'match case': 'Match case',
  regexp: 'Regular expression',
  'by word': 'Whole words',
  replace: 'Replace',
  'replace all': 'Replace all',
  close: 'Close',
});

/** What an open editor can be asked. */
export interface EditorHandle {
  text: () => string;
  /** Remembers the text as it is; what is returned says that this one was saved. */
  mark: () => () => void;
}

interface CodeEditorProps {
  ref: Ref<EditorHandle>;
  label: string;
  /** What it begins with; another text needs another editor. */
  text: string;
  /** The text is a draft that is nowhere saved. */
  isDraft: boolean;
  onDirty: (dirty: boolean) => void;
}

/** A plain text editor. Tab leaves it, so that nobody is caught in it. */
export default function CodeEditor({ ref, label, text, isDraft, onDirty }: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(undefined);
  const saved = useRef<Text>(undefined);
  const tellDirty = useEffectEvent(onDirty);
  const first = useRef({ label, text, isDraft });
  useEffect(() => {
    if (host.current === null) return;
    const root = editorRoot(host.current);
    const { label: name, text: doc, isDraft: unsaved } = first.current;
    const onChange = EditorView.updateListener.of(({ docChanged, state }) => {
      if (docChanged) tellDirty(saved.current?.eq(state.doc) !== true);
    });
    const view = new EditorView({ doc, extensions: [extensions(name, doc), onChange], root, parent: root });
    if (!unsaved) saved.current = view.state.doc;
    editor.current = view;
    return () => view.destroy();
  }, []);
  useImperativeHandle(ref, () => ({
    text: () => editor.current?.state.sliceDoc() ?? first.current.text,
    mark: () => {
      const marked = editor.current?.state.doc;
      return () => {
        saved.current = marked;
        onDirty(marked === undefined || editor.current?.state.doc.eq(marked) !== true);
      };
    },
  }));
  return <div ref={host} className={styles.editor} data-editor />;
}

function extensions(label: string, text: string) {
  return [
    lineNumbers(),
    history(),
    drawSelection(),
    highlightActiveLine(),
    search({ top: true }),
    WORDS,
    keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap]),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': label }),
    // Only line ends that are all alike can be told apart from the text; otherwise they stay where they are.
    EditorState.lineSeparator.of(/\r\n/.test(text) && !/(^|[^\r])\n/.test(text) ? '\r\n' : '\n'),
    EDITOR_LOOK,
    LOOK,
  ];
}
