import { Plus, X } from 'lucide-react';
import { TIMEOUT_CHOICES, type EnvPair, type FormErrors, type SandboxForm } from '../model/sandbox-form';
import { Button, IconButton } from './Button';
import { SelectField, TextField } from './Field';
import styles from './SandboxFields.module.css';

interface SandboxFieldsProps {
  form: SandboxForm;
  errors: FormErrors;
  onChange: (form: SandboxForm) => void;
  /** Said above the variables. */
  envHint?: string;
  /** The name takes the focus when its dialog opens. */
  focusFirst?: boolean;
}

/** The choices that create and restore share. */
export function SandboxFields({ form, errors, onChange, envHint, focusFirst = false }: SandboxFieldsProps) {
  const set = (change: Partial<SandboxForm>): void => onChange({ ...form, ...change });
  return (
    <>
      <div className={styles.row}>
        <TextField
          label="Name"
          placeholder="optional"
          value={form.name}
          error={errors.name}
          focusFirst={focusFirst}
          onChange={(event) => set({ name: event.target.value })}
        />
        <SelectField
          label="Expires"
          value={form.timeout}
          options={TIMEOUT_CHOICES}
          onChange={(timeout) => set({ timeout })}
        />
      </div>
      <div className={styles.row}>
        <TextField
          label="CPUs"
          value={form.cpu}
          error={errors.cpu}
          onChange={(event) => set({ cpu: event.target.value })}
        />
        <TextField
          label="Memory"
          value={form.memory}
          error={errors.memory}
          onChange={(event) => set({ memory: event.target.value })}
        />
      </div>
      <TextField
        label="Entrypoint"
        hint="The command that the sandbox runs; the sandbox ends when it ends."
        value={form.entrypoint}
        error={errors.entrypoint}
        onChange={(event) => set({ entrypoint: event.target.value })}
      />
      <EnvFields pairs={form.env} error={errors.env} hint={envHint} onChange={(env) => set({ env })} />
    </>
  );
}

interface EnvFieldsProps {
  pairs: readonly EnvPair[];
  error: string | undefined;
  hint: string | undefined;
  onChange: (pairs: readonly EnvPair[]) => void;
}

function EnvFields({ pairs, error, hint, onChange }: EnvFieldsProps) {
  const setPair = (index: number, change: Partial<EnvPair>): void =>
    onChange(pairs.map((pair, at) => (at === index ? { ...pair, ...change } : pair)));
  return (
    <fieldset className={styles.env}>
      <legend className={styles.legend}>Environment variables</legend>
      {hint !== undefined && <p className={styles.hint}>{hint}</p>}
      {pairs.map((pair, index) => (
        <div key={index} className={styles.pair}>
          <input
            aria-label={`Name of variable ${String(index + 1)}`}
            placeholder="NAME"
            spellCheck={false}
            value={pair.name}
            onChange={(event) => setPair(index, { name: event.target.value })}
          />
          <input
            aria-label={`Value of ${pair.name === '' ? `variable ${String(index + 1)}` : pair.name}`}
            placeholder="value"
            spellCheck={false}
            autoComplete="off"
            value={pair.value}
            onChange={(event) => setPair(index, { value: event.target.value })}
          />
          <IconButton
            icon={X}
            label={`Remove ${pair.name === '' ? `variable ${String(index + 1)}` : pair.name}`}
            onClick={() => onChange(pairs.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      {error !== undefined && <p className={styles.error}>{error}</p>}
      <Button
        tone="quiet"
        icon={Plus}
        className={styles.add}
        onClick={() => onChange([...pairs, { name: '', value: '' }])}
      >
        Add variable
      </Button>
    </fieldset>
  );
}
