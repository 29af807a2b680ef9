import { Link } from 'wouter';
import { lineageRoute, sandboxRoute, type SandboxPart } from '../../routes';
import styles from './SandboxScreen.module.css';

const PARTS: readonly { part?: SandboxPart; label: string }[] = [
  { label: 'Overview' },
  { part: 'terminal', label: 'Terminal' },
  { part: 'files', label: 'Files' },
  { part: 'logs', label: 'Logs' },
  { part: 'metrics', label: 'Metrics' },
  { part: 'rules', label: 'Rules' },
];

/** The parts of a sandbox's page, each with an address. */
export function SandboxTabs({ id, part }: { id: string; part: SandboxPart | undefined }) {
  return (
    <nav className={styles.tabs} aria-label="Parts of the sandbox">
      {PARTS.map((each) => (
        <Link
          key={each.label}
          href={sandboxRoute(id, each.part)}
          className={styles.tab}
          aria-current={each.part === part ? 'page' : undefined}
        >
          {each.label}
        </Link>
      ))}
      <Link href={lineageRoute(id)} className={styles.tab}>
        Lineage
      </Link>
    </nav>
  );
}
