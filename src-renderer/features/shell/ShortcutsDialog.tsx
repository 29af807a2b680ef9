import { ShowDialog } from '../../components/ShowDialog';
import { SHORTCUT_GROUPS } from '../../model/shortcuts';
import styles from './ShortcutsDialog.module.css';

export function ShortcutsDialog() {
  return (
    <ShowDialog title="Keyboard shortcuts">
      <div className={styles.groups}>
        {SHORTCUT_GROUPS.map((group) => (
          <section key={group.title} aria-label={group.title} className={styles.group}>
            <h3 className={styles.title}>{group.title}</h3>
            <dl>
              {group.keys.map(([keys, what]) => (
                <div key={keys} className={styles.line}>
                  <dt>{what}</dt>
                  <dd>
                    <kbd>{keys}</kbd>
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </ShowDialog>
  );
}
