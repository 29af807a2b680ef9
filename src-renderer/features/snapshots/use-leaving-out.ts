import { useState } from 'react';
import type { SecretsReport } from '../../../src-main/http/schemas/secrets';
import { lookForSecrets, previewLeavingOut } from '../../api/secrets-api';
import { useReading, type Reading } from '../../components/use-reading';
import { placesWithSecrets } from '../../model/found-secrets';
import { usePreferences } from '../../state/preferences';

/** What the server takes, and what fits into the address of a download. */
const MAX_PATTERNS = 200;
const MAX_ADDRESS = 8_000;

/** What of a snapshot is to stay here when it is handed on. */
export interface LeavingOut {
  /** Whether secrets are to be looked for. */
  wanted: boolean;
  want: (wanted: boolean) => void;
  reading: Reading<SecretsReport>;
  again: () => void;
  /** What goes along all the same of the places with secrets, by how each is named. */
  kept: ReadonlySet<string>;
  keep: (places: readonly string[], kept: boolean) => void;
  /** What was typed, one pattern a line. */
  named: string;
  name: (named: string) => void;
  /** False until a look that was asked for has told what it found. */
  isReady: boolean;
  /** What is to be left out, once they are known to mean something. @throws Error that says what is wrong with them */
  settle: () => Promise<string[]>;
}

/** The state of the choice in the dialogs that hand a snapshot on. */
export function useLeavingOut(snapshotId: string): LeavingOut {
  const [wanted, want] = useState(() => usePreferences.getState().settings?.lookForSecrets === true);
  const [attempt, setAttempt] = useState(1);
  const [kept, setKept] = useState<ReadonlySet<string>>(() => new Set());
  const [named, name] = useState('');
  const reading = useReading(wanted ? `${snapshotId} ${attempt}` : undefined, (signal) =>
    lookForSecrets(snapshotId, signal),
  );
  return {
    wanted,
    want,
    reading,
    again: () => setAttempt(attempt + 1),
    kept,
    keep: (places, isKept) => {
      const next = new Set(kept);
      for (const place of places)
        if (isKept) next.add(place);
        else next.delete(place);
      setKept(next);
    },
    named,
    name,
    isReady: !wanted || reading.state === 'read',
    settle: async () => {
      const found = wanted && reading.state === 'read' ? placesWithSecrets(reading.value) : [];
      const patterns = [
        ...found.map(({ leaveOut }) => leaveOut).filter((place) => !kept.has(place)),
        ...named
          .split('\n')
          .map((line) => line.trim())
          .filter((line) => line !== ''),
      ];
      if (patterns.length === 0) return [];
      const length = patterns.reduce((sum, each) => sum + encodeURIComponent(each).length, 0);
      if (patterns.length > MAX_PATTERNS || length > MAX_ADDRESS)
        throw new Error(
          `These are too many places to name one by one (${patterns.length}). Keep some of them, and name the folders that hold them under “Leave out” instead.`,
        );
      await previewLeavingOut(snapshotId, patterns);
      return patterns;
    },
  };
}
