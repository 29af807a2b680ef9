import { useId } from 'react';
import { useSandboxes } from '../../state/sandboxes';
import { useAddressedSnapshot, useSnapshots } from '../../state/snapshots';
import styles from './CompareScreen.module.css';

interface SourcePickerProps {
  label: string;
  value: string;
  onChange: (id: string) => void;
}

/** Chooses a snapshot or a sandbox. */
export function SourcePicker({ label, value, onChange }: SourcePickerProps) {
  const id = useId();
  const sandboxes = useSandboxes();
  const snapshots = useSnapshots();
  const addressed = useAddressedSnapshot(value);
  const isListed = value === '' || value in sandboxes.byId || snapshots.order.includes(value);
  return (
    <div className={styles.picker}>
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        // A long name is cut.
        title={sandboxes.byId[value]?.displayName ?? addressed?.displayName}
        onChange={(event) => onChange(event.target.value)}
      >
        {value === '' && <option value="">Choose…</option>}
        {!isListed && <option value={value}>{addressed?.displayName ?? value}</option>}
        <optgroup label="Sandboxes, as they are now">
          {sandboxes.order.map((each) => (
            <option key={each} value={each}>
              {sandboxes.byId[each]?.displayName}
            </option>
          ))}
        </optgroup>
        <optgroup label="Snapshots">
          {snapshots.order.map((each) => (
            <option
              key={each}
              value={each}
              disabled={snapshots.byId[each]?.snapshot.status.state !== 'Ready'}
            >
              {snapshots.byId[each]?.displayName}
            </option>
          ))}
        </optgroup>
      </select>
    </div>
  );
}

/** What a side of the comparison is called. */
export function useSourceName(id: string): string {
  const sandbox = useSandboxes((state) => state.byId[id]?.displayName);
  const snapshot = useSnapshots((state) => state.byId[id]?.displayName);
  return sandbox ?? snapshot ?? id;
}
