import { useCallback } from 'react';
import type { DesktopSnapshot } from '../../src-main/http/schemas/desktop';
import { captureTiming, timedProgress } from '../model/capture-progress';
import { useClock } from '../state/clock';
import { ProgressLine } from './ProgressLine';

/** How far a capture is, from this machine's own history. */
export function CaptureProgress({ item }: { item: DesktopSnapshot }) {
  // One string per second is what the clock compares; the fraction travels inside it.
  const packed = useClock(
    useCallback(
      (now: number) => {
        const view = timedProgress(captureTiming(item), now);
        return `${view.fraction === undefined ? '' : view.fraction.toFixed(3)}|${view.text}`;
      },
      [item],
    ),
  );
  const cut = packed.indexOf('|');
  const fraction = cut === 0 ? undefined : Number(packed.slice(0, cut));
  return (
    <ProgressLine label={`Snapshot ${item.displayName}`} fraction={fraction} text={packed.slice(cut + 1)} />
  );
}
