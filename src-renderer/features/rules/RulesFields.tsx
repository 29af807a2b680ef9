import { CheckField, TextField } from '../../components/Field';
import { numberError, type NumberField, type RulesForm } from '../../model/rules-form';
import styles from './RulesTab.module.css';

interface RulesFieldsProps {
  form: RulesForm;
  change: (part: Partial<RulesForm>) => void;
}

/** When snapshots are taken without asking. */
export function ScheduleFields({ form, change }: RulesFieldsProps) {
  return (
    <>
      <CheckField
        label="On a schedule"
        hint="Only while the sandbox runs and something changed since its last snapshot."
        checked={form.scheduled}
        onChange={(scheduled) => change({ scheduled })}
      />
      {form.scheduled && (
        <div className={styles.numbers}>
          <NumberInput field="everyMinutes" label="Minutes between snapshots" form={form} change={change} />
        </div>
      )}
      <CheckField
        label="Before it is deleted"
        checked={form.beforeDelete}
        onChange={(beforeDelete) => change({ beforeDelete })}
      />
      <CheckField
        label="Before it expires"
        hint="If the snapshot fails, the sandbox goes all the same and Activity says so."
        checked={form.beforeExpiry}
        onChange={(beforeExpiry) => change({ beforeExpiry })}
      />
      <CheckField
        label="Before it is rolled back"
        hint="With it a roll back can be undone."
        checked={form.beforeRollback}
        onChange={(beforeRollback) => change({ beforeRollback })}
      />
    </>
  );
}

/** Which snapshots stay. */
export function RetentionFields({ form, change }: RulesFieldsProps) {
  return (
    <>
      <CheckField
        label="Delete automatic snapshots that are not kept"
        hint="Never those that are pinned or that a sandbox stands on."
        checked={form.deletes}
        onChange={(deletes) => change({ deletes })}
      />
      {form.deletes && (
        <>
          <div className={styles.numbers}>
            <NumberInput field="keepLast" label="Keep the last" form={form} change={change} />
            <NumberInput field="hourlyHours" label="One an hour, for hours" form={form} change={change} />
            <NumberInput field="dailyDays" label="One a day, for days" form={form} change={change} />
          </div>
          <p className={styles.aside}>
            Hours and days are those of UTC and count back from the newest snapshot, so none goes only because
            time passes.
          </p>
          <CheckField
            label="Also snapshots taken by hand"
            checked={form.includeManual}
            onChange={(includeManual) => change({ includeManual })}
          />
        </>
      )}
    </>
  );
}

interface NumberInputProps extends RulesFieldsProps {
  field: NumberField;
  label: string;
}

function NumberInput({ field, label, form, change }: NumberInputProps) {
  return (
    <TextField
      label={label}
      inputMode="numeric"
      value={form[field]}
      error={numberError(form, field)}
      onChange={(event) => change({ [field]: event.target.value })}
    />
  );
}
