import { CircleAlert, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { closeToast, useToasts, type Toast } from '../state/toasts';
import { Button, IconButton } from './Button';
import styles from './Toasts.module.css';
import { classNames } from './class-names';

const SHOW_MS = 10_000;

/** Bottom right, at most three; they wait while the pointer or the focus is on them, errors stay. */
export function Toasts() {
  const toasts = useToasts((state) => state.toasts);
  const [held, setHeld] = useState(false);
  if (toasts.length === 0) return null;
  return (
    <section
      aria-label="Notifications"
      className={styles.stack}
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      {toasts.map((toast) => (
        <ToastCard key={toast.id} toast={toast} held={held} />
      ))}
    </section>
  );
}

function ToastCard({ toast, held }: { toast: Toast; held: boolean }) {
  const { id, tone, message, action } = toast;
  useEffect(() => {
    if (held || tone === 'error') return;
    const timer = setTimeout(() => closeToast(id), SHOW_MS);
    return () => clearTimeout(timer);
  }, [held, tone, id]);
  return (
    <div className={classNames(styles.toast, tone === 'error' && styles.error)}>
      {tone === 'error' && <CircleAlert size={16} aria-hidden className={styles.icon} />}
      <p className={styles.message}>{message}</p>
      {action !== undefined && (
        <Button
          tone="quiet"
          onClick={() => {
            action.run();
            closeToast(id);
          }}
        >
          {action.label}
        </Button>
      )}
      <IconButton icon={X} label="Close notification" onClick={() => closeToast(id)} />
    </div>
  );
}
