import type { SecretsReport } from '../../../src-main/http/schemas/secrets';
import { Banner } from '../../components/Banner';
import { Button } from '../../components/Button';
import { CheckField, TextArea } from '../../components/Field';
import { TaskProgress } from '../../components/TaskProgress';
import { count } from '../../model/count';
import { placesWithSecrets, scanExtent, secretsThatGoAlong } from '../../model/found-secrets';
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
        hint="Paths or globs, such as /root/.aws or /srv/**/*.pem, one per line. No layer that leaves has them; the snapshot here stays as it is. A variable is named env:NAME, a label label:NAME."
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
  const places = placesWithSecrets(report);
  const goAlong = secretsThatGoAlong(report);
  const all = places.map(({ leaveOut }) => leaveOut);
  const staying = all.filter((place) => kept.has(place)).length;
  const nothing = places.length === 0 && goAlong.length === 0;
  return (
    <section className={styles.found} aria-label="Secrets found">
      <p role="status">
        {nothing
          ? 'Nothing was found that looks like a key or token.'
          : `Found in ${count(places.length, 'place')}: ${places.length - staying} left out, ${staying} kept in.`}
      </p>
      <p className={styles.extent}>
        {scanExtent(report)} Keys and tokens are known by their form; a password in a sentence is not found.
      </p>
      {places.length > 0 && (
        <fieldset className={styles.files}>
          <legend>Left out where ticked</legend>
          <div className={styles.all}>
            <Button onClick={() => keep(all, false)}>Leave all out</Button>
            <Button onClick={() => keep(all, true)}>Keep all in</Button>
          </div>
          {places.map(({ name, leaveOut, found, isHidden }) => (
            <CheckField
              key={leaveOut}
              label={name}
              hint={isHidden ? `${found}. A later layer hides it, but it would travel.` : `${found}.`}
              checked={!kept.has(leaveOut)}
              onChange={(out) => keep([leaveOut], !out)}
            />
          ))}
        </fieldset>
      )}
      {goAlong.length > 0 && (
        <Banner tone="warning">
          These go along, because the snapshot would not be the same without them. Change the note or the
          name, or make the snapshot without them:
          <ul className={styles.texts} aria-label="Secrets that go along">
            {goAlong.map((text, at) => (
              <li key={at}>{text}</li>
            ))}
          </ul>
        </Banner>
      )}
    </section>
  );
}
