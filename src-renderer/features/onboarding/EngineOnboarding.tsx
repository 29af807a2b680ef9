import { CircleAlert, CircleCheck, CircleDashed, LoaderCircle, PlugZap } from 'lucide-react';
import { useState } from 'react';
import type { EngineStatus } from '../../../src-main/http/schemas/desktop';
import { errorMessage } from '../../api/api-error';
import { Banner } from '../../components/Banner';
import { Button } from '../../components/Button';
import { CopyButton } from '../../components/CopyButton';
import { Screen } from '../../components/Screen';
import { saveSettings } from '../../state/preferences';
import styles from './EngineOnboarding.module.css';

/** What was looked for and found, and the exact way on; goes away by itself when an engine answers. */
export function EngineOnboarding({ engine, title }: { engine: EngineStatus; title: string }) {
  const looking = engine.state === 'looking' && engine.help === undefined;
  return (
    <Screen title={title}>
      <div className="scroll-area">
        <div className={styles.page}>
          <PlugZap size={40} strokeWidth={1.25} aria-hidden className={styles.icon} />
          <h2 className={styles.title}>
            {looking
              ? 'Looking for a container engine'
              : (engine.help?.title ?? 'No container engine answers')}
          </h2>
          <p className={styles.text}>{looking ? 'This takes a moment.' : explanation(engine)}</p>
          {engine.help !== undefined && engine.help.commands.length > 0 && (
            <Commands commands={engine.help.commands} />
          )}
          <p className={styles.waiting} role="status">
            <LoaderCircle size={14} aria-hidden className="spin" />
            Trying again by itself; this screen goes on when an engine answers.
          </p>
          {engine.candidates.length > 0 && <Candidates engine={engine} />}
        </div>
      </div>
    </Screen>
  );
}

/** The reason, unless the title says it already. */
function explanation({ reason, help }: EngineStatus): string {
  if (reason === undefined || reason === help?.title)
    return 'Sandboxes need Docker, or an engine that speaks its API.';
  return reason;
}

function Commands({ commands }: { commands: readonly string[] }) {
  return (
    <ol className={styles.commands} aria-label="Commands to run">
      {commands.map((command) => (
        <li key={command} className={styles.command}>
          <code>{command}</code>
          <CopyButton text={command} what="command" />
        </li>
      ))}
    </ol>
  );
}

const OUTCOMES = { chosen: CircleCheck, 'passed-over': CircleAlert, 'not-tried': CircleDashed } as const;
const OUTCOME_WORDS = { chosen: 'Chosen', 'passed-over': 'Passed over', 'not-tried': 'Not tried' } as const;

function Candidates({ engine }: { engine: EngineStatus }) {
  const [error, setError] = useState<string>();
  const pick = (endpoint: string): void => {
    setError(undefined);
    saveSettings({ engineEndpoint: endpoint }).catch((failure: unknown) => setError(errorMessage(failure)));
  };
  return (
    <section className={styles.looked} aria-labelledby="looked">
      <h3 id="looked" className={styles.heading}>
        Where it was looked for
      </h3>
      {error !== undefined && <Banner tone="error">{error}</Banner>}
      <ul>
        {engine.candidates.map((candidate) => {
          const Icon = OUTCOMES[candidate.outcome];
          return (
            <li key={`${candidate.source} ${candidate.endpoint}`} className={styles.candidate}>
              <Icon size={15} aria-label={OUTCOME_WORDS[candidate.outcome]} className={styles.outcome} />
              <div className={styles.words}>
                <strong>{candidate.name}</strong> <code>{candidate.endpoint}</code>
                {candidate.reason !== undefined && <p className={styles.reason}>{candidate.reason}</p>}
              </div>
              <Button onClick={() => pick(candidate.endpoint)} aria-label={`Use ${candidate.name}`}>
                Use this
              </Button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
