import { X } from 'lucide-react';
import { useId, useState } from 'react';
import type { DesktopSnapshot } from '../../../src-main/http/schemas/desktop';
import { errorMessage } from '../../api/api-error';
import { labelTexts, parseLabel } from '../../model/snapshot-list';
import { saveLabels } from '../../state/snapshot-commands';
import styles from './SnapshotLabels.module.css';

/** The person's own marks of a snapshot; `label:stage=green` in the filter finds them. */
export function SnapshotLabels({ item }: { item: DesktopSnapshot }) {
  const [text, setText] = useState('');
  const [error, setError] = useState<string>();
  const hintId = useId();
  const { labels = {} } = item;
  const save = (next: Record<string, string>, done?: () => void): void => {
    setError(undefined);
    saveLabels(item, next).then(done, (failure: unknown) => setError(errorMessage(failure)));
  };
  const add = (): void => {
    if (text.trim() === '') return;
    const label = parseLabel(text);
    if (typeof label === 'string') setError(label);
    else save({ ...labels, [label.key]: label.value }, () => setText(''));
  };
  return (
    <section aria-label="Labels" className={styles.labels}>
      <ul className={styles.list}>
        {labelTexts(item).map((label) => (
          <li key={label} className={styles.label}>
            <span className={styles.text} title={label}>
              {label}
            </span>
            {!item.readOnly && (
              <button
                type="button"
                className={styles.remove}
                aria-label={`Remove label ${label}`}
                onClick={() => save(withoutKey(labels, label.slice(0, label.indexOf('='))))}
              >
                <X size={12} aria-hidden />
              </button>
            )}
          </li>
        ))}
      </ul>
      {!item.readOnly && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            add();
          }}
        >
          <input
            className={styles.input}
            aria-label="Add a label"
            aria-describedby={error === undefined ? undefined : hintId}
            aria-invalid={error !== undefined}
            placeholder="Add a label, such as stage=green"
            spellCheck={false}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </form>
      )}
      {error !== undefined && (
        <p id={hintId} role="alert" className={styles.error}>
          {error}
        </p>
      )}
    </section>
  );
}

function withoutKey(labels: Record<string, string>, key: string): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([each]) => each !== key));
}
