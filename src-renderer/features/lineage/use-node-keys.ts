import type { MenuEntry } from '../../components/ActionMenu';
import { useKeys } from '../../components/use-keys';
import { showToast } from '../../state/toasts';

/** The single keys of the selected node's actions; Escape lets the selection go. */
export function useNodeKeys(
  selected: string | undefined,
  entries: readonly MenuEntry[],
  onClear: () => void,
): void {
  useKeys((key) => {
    if (key === 'Escape' && selected !== undefined) {
      onClear();
      return true;
    }
    // Enter belongs to what has the focus.
    const candidates = entries.filter((entry) => entry.shortcut === key && key !== 'Enter');
    const [first] = candidates;
    if (first === undefined) return false;
    const possible = candidates.find((entry) => entry.reason === true);
    if (possible === undefined) showToast({ tone: 'info', message: String(first.reason) });
    else possible.run();
    return true;
  });
}
