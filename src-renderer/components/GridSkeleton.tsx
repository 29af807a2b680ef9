import styles from './GridSkeleton.module.css';

const ROWS = 6;

/** First load only: the shape of a list, with its name for readers. */
export function GridSkeleton({ label }: { label: string }) {
  return (
    <div role="status" className={styles.list}>
      <span className="visually-hidden">{label}</span>
      {Array.from({ length: ROWS }, (_, index) => (
        <div key={index} className={styles.row}>
          <span className={styles.pill} />
          <span className={styles.line} />
        </div>
      ))}
    </div>
  );
}
