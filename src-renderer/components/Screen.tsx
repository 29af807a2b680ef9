import { Search } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { openDialog } from '../state/dialogs';
import { Button } from './Button';
import styles from './Screen.module.css';

const PALETTE_KEY = /Mac/.test(navigator.userAgent) ? '⌘K' : 'Ctrl K';

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
        <div className={styles.tools}>
          {tools}
          <PaletteButton />
        </div>
      </header>
      <div className={styles.content}>{children}</div>
    </>
  );
}

/** Says that there is a palette, and opens it by mouse. */
function PaletteButton() {
  return (
    <Button
      icon={Search}
      className={styles.palette}
      aria-label="Command palette"
      title="Command palette"
      onClick={() => openDialog({ kind: 'palette' })}
    >
      <kbd className={styles.paletteKey}>{PALETTE_KEY}</kbd>
    </Button>
  );
}
