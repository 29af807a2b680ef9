import { usePreferences } from '../state/preferences';

const COMFORTABLE_PX = 36;
const COMPACT_PX = 28;

/** Height of a row in pixels; the same as `--row` in tokens.css. */
export function useRowHeight(): number {
  return usePreferences((state) => (isCompact(state.settings?.density) ? COMPACT_PX : COMFORTABLE_PX));
}

function isCompact(density: string | undefined): boolean {
  return (density ?? document.documentElement.dataset['density']) === 'compact';
}
