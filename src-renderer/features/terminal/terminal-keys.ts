import type { Terminal } from '@xterm/xterm';

interface TerminalKeyActions {
  /** Opens the search. */
  search: () => void;
  /** Moves the focus out of the terminal, which takes Tab and Escape itself (WCAG 2.1.2). */
  leave: () => void;
  /** Asked before several lines are pasted. */
  confirmPaste: (text: string, paste: () => void) => void;
}

/** Keys and pastes that do not go to the shell; everything else does. */
export function installTerminalKeys(
  terminal: Terminal,
  host: HTMLElement,
  actions: TerminalKeyActions,
): void {
  terminal.attachCustomKeyEventHandler((event) => {
    const taken = event.type === 'keydown' && act(terminal, event, actions);
    if (taken) event.preventDefault();
    // The browser pastes by itself; the shell must not see the key as well.
    return !taken && !isPaste(event);
  });
  host.addEventListener(
    'paste',
    (event) => {
      const text = event.clipboardData?.getData('text/plain') ?? '';
      if (!hasSeveralLines(text)) return;
      event.preventDefault();
      event.stopPropagation();
      actions.confirmPaste(text, () => terminal.paste(text));
    },
    { capture: true },
  );
}

/** One line that ends is still one line. */
export function hasSeveralLines(text: string): boolean {
  return /[\r\n]/.test(text.replace(/\r?\n$/, ''));
}

function act(terminal: Terminal, event: KeyboardEvent, actions: TerminalKeyActions): boolean {
  const modified = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (event.key === 'F6') actions.leave();
  else if (modified && key === 'f' && !event.altKey) actions.search();
  else if (modified && key === 'c' && terminal.hasSelection()) {
    void navigator.clipboard.writeText(terminal.getSelection()).catch(() => undefined);
    terminal.clearSelection();
  } else return false;
  return true;
}

function isPaste(event: KeyboardEvent): boolean {
  return (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'v';
}
