import { Link, useLocation } from 'wouter';
import { SCREENS } from '../../screens';
import styles from './Rail.module.css';

export function Rail() {
  const [path] = useLocation();
  return (
    <nav className={styles.rail} aria-label="Screens">
      <p className={styles.brand}>
        <img src={`${import.meta.env.BASE_URL}favicon.svg`} width={24} height={24} alt="" />
        <span className={styles.label}>OpenSandbox</span>
      </p>
      <ul className={styles.entries}>
        {SCREENS.map(({ route: href, label, icon: Icon }) => (
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
