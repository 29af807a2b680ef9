import { CircleCheck, LoaderCircle } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Button } from '../../components/Button';
import { TOUR_PHASES, type TourPhase } from '../../model/tour';
import { announce } from '../../state/announcements';
import { useOutage } from '../../state/connection';
import { breakSample, makeSample, rollSampleBack, snapshotSample, useTour } from '../../state/tour';
import styles from './TourScreen.module.css';

interface TourStepsProps {
  phase: TourPhase;
  sampleId: string | undefined;
  snapshotId: string | undefined;
}

interface Step {
  /** The phase in which it is this step's turn. */
  at: TourPhase;
  title: string;
  text: string;
  button: string;
  run: () => Promise<void>;
}

/** Each step with its button while it is its turn; the focus goes along from one to the next. */
export function TourSteps({ phase, sampleId, snapshotId }: TourStepsProps) {
  const busy = useTour((state) => state.running !== undefined);
  const outage = useOutage();
  const button = useRef<HTMLButtonElement>(null);
  const shown = useRef(phase);
  useEffect(() => {
    // Not when the screen comes up: then the heading has the focus.
    if (shown.current === phase) return;
    shown.current = phase;
    button.current?.focus();
    announce(DONE_WORDS[phase]);
  }, [phase]);
  const now = TOUR_PHASES.indexOf(phase);
  return (
    <ol className={styles.steps}>
      {stepsFor(sampleId ?? '', snapshotId ?? '').map(({ at, title, text, button: label, run }) => {
        const turn = TOUR_PHASES.indexOf(at);
        return (
          <li key={at} className={styles.step} data-now={at === phase} aria-current={at === phase && 'step'}>
            <h2 className={styles.heading}>
              {title}
              {turn < now && <CircleCheck size={16} className={styles.done} aria-label="Done" />}
            </h2>
            <p>{text}</p>
            {at === phase && (
              <div className={styles.buttons}>
                <Button
                  ref={button}
                  tone="primary"
                  disabled={outage !== undefined}
                  aria-disabled={busy}
                  aria-busy={busy}
                  onClick={() => void run()}
                >
                  {busy && <LoaderCircle size={16} aria-hidden className="spin" />}
                  {label}
                </Button>
              </div>
            )}
          </li>
        );
      })}
    </ol>
  );
}

const DONE_WORDS: Readonly<Record<TourPhase, string>> = {
  start: 'The sample is deleted.',
  made: 'The sample sandbox runs.',
  kept: 'The snapshot is ready.',
  broken: 'The sandbox is broken. What changed is listed.',
  whole: 'Rolled back. The sandbox is whole again.',
};

function stepsFor(sampleId: string, snapshotId: string): Step[] {
  return [
    {
      at: 'start',
      title: 'Start: a sample sandbox',
      text: 'It is small, made from an image that needs no network, and yours to break.',
      button: 'Make the sample sandbox',
      run: makeSample,
    },
    {
      at: 'made',
      title: '1. Take a snapshot',
      text: 'It keeps every file as it is now. The sandbox goes on running.',
      button: 'Take the snapshot',
      run: () => snapshotSample(sampleId),
    },
    {
      at: 'kept',
      title: '2. Break something',
      text: 'A command deletes the program, overwrites the plan and leaves rubbish behind, as a hasty agent may.',
      button: 'Break it',
      run: () => breakSample(sampleId),
    },
    {
      at: 'broken',
      title: '3. Roll back',
      text: 'The sandbox keeps its id and addresses, and its files become those of the snapshot.',
      button: 'Roll back',
      run: () => rollSampleBack(sampleId, snapshotId),
    },
  ];
}
