import { Activity, Box, Camera, GitCompareArrows, HardDrive, Network, Settings } from 'lucide-react';
import { Link, useLocation } from 'wouter';
import { ROUTES } from '../../routes';
import styles from './Rail.module.css';

const ENTRIES = [
  { href: ROUTES.sandboxes, label: 'Sandboxes', icon: Box },
  { href: ROUTES.snapshots, label: 'Snapshots', icon: Camera },
  { href: ROUTES.lineage, label: 'Lineage', icon: Network },
  { href: ROUTES.compare, label: 'Compare', icon: GitCompareArrows },
  { href: ROUTES.disk, label: 'Disk', icon: HardDrive },
  { href: ROUTES.activity, label: 'Activity', icon: Activity },
  { href: ROUTES.settings, label: 'Settings', icon: Settings },
] as const;

export function Rail() {
  const [path] = useLocation();
  return (
    <nav className={styles.rail} aria-label="Screens">
      <p className={styles.brand}>
        <img src={`${import.meta.env.BASE_URL}favicon.svg`} width={24} height={24} alt="" />
        <span className={styles.label}>OpenSandbox</span>
      </p>
      <ul className={styles.entries}>
        {ENTRIES.map(({ href, label, icon: Icon }) => (
          <li key={href}>
            <Link
              href={href}
              className={styles.entry}
              aria-current={path.startsWith(href) ? 'page' : undefined}
              title={label}
            >
              <Icon size={18} aria-hidden />
              <span className={styles.label}>{label}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
