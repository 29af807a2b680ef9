import styles from './ProgressLine.module.css';

interface ProgressLineProps {
  label: string;
  /** 0 to 1; absent when the end is unknown. */
  fraction?: number | undefined;
  text: string;
}

/** A thin bar and words. */
export function ProgressLine({ label, fraction, text }: ProgressLineProps) {
  return (
    <span className={styles.wrap}>
      <progress
        className={styles.bar}
        aria-label={label}
        {...(fraction === undefined ? {} : { value: fraction, max: 1 })}
      />
      <span className={styles.text}>{text}</span>
    </span>
  );
}
