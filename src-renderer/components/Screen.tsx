import { useEffect, useRef, type ReactNode } from 'react';
import styles from './Screen.module.css';

interface ScreenProps {
  title: string;
  /** Beside the title: the filter, then the primary action. */
  tools?: ReactNode;
  children: ReactNode;
}

/** Top bar and content. The heading takes the focus when the screen comes up, so that readers start here. */
export function Screen({ title, tools, children }: ScreenProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    document.title = `${title} – OpenSandbox Desktop`;
  }, [title]);
  return (
    <>
      <header className={styles.bar}>
        <h1 ref={heading} tabIndex={-1} className={styles.title} title={title}>
          {title}
        </h1>
        {tools !== undefined && <div className={styles.tools}>{tools}</div>}
      </header>
      <div className={styles.content}>{children}</div>
    </>
  );
}
