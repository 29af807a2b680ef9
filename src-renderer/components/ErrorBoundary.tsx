import { Component, type ReactNode } from 'react';
import { Button } from './Button';
import { CopyButton } from './CopyButton';
import styles from './EmptyState.module.css';

interface ErrorBoundaryState {
  error: Error | undefined;
}

/** One per screen: a fault in drawing leaves the rest of the window usable. */
export class ErrorBoundary extends Component<{ children: ReactNode }, ErrorBoundaryState> {
  override state: ErrorBoundaryState = { error: undefined };

  static getDerivedStateFromError(error: Error): ErrorBoundaryState {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <div className={styles.empty} role="alert">
        <h2 className={styles.title}>This screen could not be shown</h2>
        <p className={styles.text}>{error.message}</p>
        <div className={styles.action}>
          <Button tone="primary" onClick={() => location.reload()}>
            Reload
          </Button>
          <CopyButton text={error.stack ?? error.message} what="details" />
        </div>
      </div>
    );
  }
}
