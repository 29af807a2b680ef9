import { Search, X } from 'lucide-react';
import type { Ref } from 'react';
import { IconButton } from './Button';
import styles from './FilterBox.module.css';

interface FilterBoxProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  placeholder: string;
  inputRef?: Ref<HTMLInputElement>;
}

/** Filter of a list; `/` goes here, Escape clears, then leaves. */
export function FilterBox({ label, value, onChange, placeholder, inputRef }: FilterBoxProps) {
  return (
    <div className={styles.box} role="search">
      <Search size={14} aria-hidden className={styles.icon} />
      <input
        ref={inputRef}
        type="text"
        className={styles.input}
        aria-label={label}
        placeholder={placeholder}
        value={value}
        spellCheck={false}
        data-filter
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          if (value === '') event.currentTarget.blur();
          else onChange('');
        }}
      />
      {value !== '' && (
        <IconButton icon={X} label="Clear filter" className={styles.clear} onClick={() => onChange('')} />
      )}
    </div>
  );
}
