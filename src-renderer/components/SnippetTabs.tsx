import { useId, useState } from 'react';
import type { Snippet } from '../model/snippets';
import { CopyButton } from './CopyButton';
import styles from './SnippetTabs.module.css';

interface SnippetTabsProps {
  label: string;
  snippets: readonly Snippet[];
}

/** The same thing from a terminal or a program, to copy. */
export function SnippetTabs({ label, snippets }: SnippetTabsProps) {
  const [chosen, setChosen] = useState<Snippet['id']>('curl');
  const group = useId();
  const snippet = snippets.find((one) => one.id === chosen) ?? snippets[0];
  if (snippet === undefined) return null;
  return (
    <div role="group" className={styles.box} aria-label={label}>
      <div className={styles.head}>
        <div role="radiogroup" aria-label="Language" className={styles.tabs}>
          {snippets.map((one) => (
            <label key={one.id} className={styles.tab}>
              <input
                type="radio"
                className="visually-hidden"
                name={group}
                checked={one.id === snippet.id}
                onChange={() => setChosen(one.id)}
              />
              {one.label}
            </label>
          ))}
        </div>
        <CopyButton text={snippet.code} what={`${snippet.label} snippet`} />
      </div>
      {/* Scrolls sideways, so the keyboard must be able to reach it. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrollable region */}
      <pre className={styles.code} tabIndex={0} aria-label={`${snippet.label} code`}>
        {snippet.code}
      </pre>
    </div>
  );
}
