import { CircleAlert, Info, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import styles from './Banner.module.css';
import { classNames } from './class-names';

const ICONS: Record<'info' | 'warning' | 'error', LucideIcon> = {
  info: Info,
  warning: CircleAlert,
  error: CircleAlert,
};

interface BannerProps {
  tone: 'info' | 'warning' | 'error';
  children: ReactNode;
  action?: ReactNode;
}

/** A line that stays until its cause is gone. */
export function Banner({ tone, children, action }: BannerProps) {
  const Icon = ICONS[tone];
  return (
    <div className={classNames(styles.banner, styles[tone])} role={tone === 'error' ? 'alert' : 'status'}>
      <Icon size={16} aria-hidden className={styles.icon} />
      <div className={styles.text}>{children}</div>
      {action}
    </div>
  );
}
