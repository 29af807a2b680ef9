import type { SecretsReport } from '../../../src-main/http/schemas/secrets';
import { Banner } from '../../components/Banner';
import { Button } from '../../components/Button';
import { CheckField, TextArea } from '../../components/Field';
import { TaskProgress } from '../../components/TaskProgress';
import { count } from '../../model/count';
import { filesWithSecrets, scanExtent, secretsInTexts } from '../../model/found-secrets';
import { useTasks } from '../../state/tasks';
import styles from './LeavingOutFields.module.css';
import type { LeavingOut } from './use-leaving-out';

/** Asks what is to stay here, with a look for secrets first if somebody wants one. */
export function LeavingOutFields({ choice }: { choice: LeavingOut }) {
  const { wanted, want, reading, again, named, name } = choice;
  return (
    <>
      <CheckField
        label="Look for secrets first"
        hint="Keys and tokens in every layer above the base image, and in what the image says of itself."
        checked={wanted}
        onChange={want}
      />
      {wanted && reading.state === 'reading' && <Looking />}
      {wanted && reading.state === 'failed' && (
        <Banner tone="error" action={<Button onClick={again}>Look again</Button>}>
          {reading.message}
        </Banner>
      )}
      {wanted && reading.state === 'read' && <Found report={reading.value} choice={choice} />}
      <TextArea
        label="Leave out"
        hint="Paths or globs, such as /root/.aws or /srv/**/*.pem, one per line. No layer that leaves has them; the snapshot here stays as it is."
        rows={2}
        spellCheck={false}
        value={named}
        onChange={(event) => name(event.target.value)}
      />
    </>
  );
}

function Looking() {
  const task = useTasks(({ byId }) =>
    Object.values(byId).find((each) => each.kind === 'snapshot.secrets' && each.state === 'Running'),
  );
  return task === undefined ? <p role="status">Looking for secrets…</p> : <TaskProgress task={task} />;
}

function Found({ report, choice: { kept, keep } }: { report: SecretsReport; choice: LeavingOut }) {
  const inFiles = filesWithSecrets(report);
  const inTexts = secretsInTexts(report);
  const paths = inFiles.map(({ path }) => path);
  const leaving = inFiles.filter(({ path }) => kept.has(path)).length;
  const nothing = inFiles.length === 0 && inTexts.length === 0;
  return (
    <section className={styles.found} aria-label="Secrets found">
      <p role="status">
        {nothing
          ? 'Nothing was found that looks like a key or token.'
          : `Found in ${count(inFiles.length, 'file')}: ${inFiles.length - leaving} left out, ${leaving} kept in.`}
      </p>
      <p className={styles.extent}>
        {scanExtent(report)} Keys and tokens are known by their form; a password in a sentence is not found.
      </p>
      {inFiles.length > 0 && (
        <fieldset className={styles.files}>
          <legend>Left out where ticked</legend>
          <div className={styles.all}>
            <Button onClick={() => keep(paths, false)}>Leave all out</Button>
            <Button onClick={() => keep(paths, true)}>Keep all in</Button>
          </div>
          {inFiles.map(({ path, found, isHidden }) => (
            <CheckField
              key={path}
              label={path}
              hint={isHidden ? `${found}. A later layer hides it, but it would travel.` : `${found}.`}
              checked={!kept.has(path)}
              onChange={(out) => keep([path], !out)}
            />
          ))}
        </fieldset>
      )}
      {inTexts.length > 0 && (
        <Banner tone="warning">
          These go along, because they are no files. Change the note or label, or make the snapshot without
          them:
          <ul className={styles.texts} aria-label="Secrets that go along">
            {inTexts.map((text, at) => (
              <li key={at}>{text}</li>
            ))}
          </ul>
        </Banner>
      )}
    </section>
  );
}
