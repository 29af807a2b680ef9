import { create } from 'zustand';

export type Politeness = 'polite' | 'assertive';

interface Announcement {
  readonly text: string;
  /** Differs even when the text repeats, so that it is read again. */
  readonly serial: number;
}

const NOTHING: Announcement = { text: '', serial: 0 };

/** What the two live regions say. */
export const useAnnouncements = create<Record<Politeness, Announcement>>(() => ({
  polite: NOTHING,
  assertive: NOTHING,
}));

export function announce(text: string, politeness: Politeness = 'polite'): void {
  useAnnouncements.setState((state) => ({ [politeness]: { text, serial: state[politeness].serial + 1 } }));
}
