import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CirclePlay,
  LoaderCircle,
  type LucideIcon,
} from 'lucide-react';
import { toneOf, type StateTone } from '../model/states';
import styles from './StateBadge.module.css';
import { classNames } from './class-names';

const ICONS: Record<StateTone, LucideIcon> = {
  running: CirclePlay,
  paused: CirclePause,
  busy: LoaderCircle,
  ready: CircleCheck,
  gone: CircleDashed,
  failed: CircleAlert,
};

interface StateBadgeProps {
  state: string;
  /** Asked for and not answered yet; shown beside the state, never instead of it. */
  pendingWord?: string | undefined;
  title?: string | undefined;
}

/** A state as icon, word and colour. */
export function StateBadge({ state, pendingWord, title }: StateBadgeProps) {
  const tone = toneOf(state);
  const Icon = ICONS[tone];
  return (
    <span className={styles.row}>
      <span className={classNames(styles.badge, styles[tone])} title={title}>
        <Icon size={13} aria-hidden className={tone === 'busy' ? 'spin' : undefined} />
        {state}
      </span>
      {pendingWord !== undefined && (
        <span className={styles.pending}>
          <LoaderCircle size={12} aria-hidden className="spin" />
          {pendingWord}…
        </span>
      )}
    </span>
  );
}
