import styles from './NameList.module.css';

const SHOWN = 6;

interface NamedItem {
  id: string;
  name: string;
}

/** What a question is about, when it is about several. */
export function NameList({ items }: { items: readonly NamedItem[] }) {
  if (items.length < 2) return null;
  return (
    <ul className={styles.names}>
      {items.slice(0, SHOWN).map(({ id, name }) => (
        <li key={id}>{name}</li>
      ))}
      {items.length > SHOWN && <li>and {items.length - SHOWN} more</li>}
    </ul>
  );
}
