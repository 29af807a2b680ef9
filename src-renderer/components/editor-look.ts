import { EditorView } from '@codemirror/view';

/** Names of the tokens reach into the shadow tree, values do not have to be repeated. */
export const EDITOR_LOOK = EditorView.theme({
  '&': { backgroundColor: 'var(--surface)', color: 'var(--text)', font: 'var(--mono)' },
  '&.cm-focused': { outline: 'none' },
  // Above the line numbers, which would cover an outline.
  '&.cm-focused::after': {
    position: 'absolute',
    zIndex: '300',
    inset: '0',
    border: '2px solid var(--accent)',
    content: '""',
    pointerEvents: 'none',
  },
  '.cm-scroller': { font: 'var(--mono)' },
  '.cm-gutters': { backgroundColor: 'var(--canvas)', color: 'var(--muted)', borderColor: 'var(--line)' },
});

/**
 * Where an editor lives. In a shadow tree it adopts its style sheets; in the page it would add a style element, which
 * the content security policy forbids.
 */
export function editorRoot(host: HTMLElement): ShadowRoot {
  return host.shadowRoot ?? host.attachShadow({ mode: 'open' });
}
