/** How a state looks; the words are the server's. */
export type StateTone = 'running' | 'paused' | 'busy' | 'ready' | 'gone' | 'failed';

const TONES: Readonly<Record<string, StateTone>> = {
  Running: 'running',
  Paused: 'paused',
  Pending: 'busy',
  Creating: 'busy',
  Pausing: 'busy',
  Resuming: 'busy',
  Ready: 'ready',
  Succeeded: 'ready',
  Stopping: 'gone',
  Deleting: 'gone',
  Terminated: 'gone',
  Cancelled: 'gone',
  Failed: 'failed',
  // Whether a snapshot holds what it should.
  Checking: 'busy',
  Verified: 'ready',
  Incomplete: 'failed',
};

/** The tone of a sandbox, snapshot or task state; unknown states look like something that is gone. */
export function toneOf(state: string): StateTone {
  return TONES[state] ?? 'gone';
}
