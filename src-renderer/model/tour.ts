/** How far the tour is: nothing made yet, a sample, its snapshot taken, broken, and whole again. */
export const TOUR_PHASES = ['start', 'made', 'kept', 'broken', 'whole'] as const;
export type TourPhase = (typeof TOUR_PHASES)[number];

/** What the server says of the sample; the page may have been loaded again in the middle of a step. */
export interface TourFacts {
  hasSample: boolean;
  hasSnapshot: boolean;
}

/** The phase to go on from: what was noted, as far as what exists bears it out. */
export function tourPhase(noted: TourPhase, { hasSample, hasSnapshot }: TourFacts): TourPhase {
  if (!hasSample) return 'start';
  if (!hasSnapshot) return 'made';
  return noted === 'start' || noted === 'made' ? 'kept' : noted;
}

/** The folder that is broken, and by what; written as a person would type it. */
export const SAMPLE_FOLDER = '/work';
export const SAMPLE_SCRIPT = [
  `[ -e ${SAMPLE_FOLDER} ] || {`,
  `mkdir ${SAMPLE_FOLDER} && cd ${SAMPLE_FOLDER}`,
  `printf 'print("All 12 tests pass")\\n' > app.py`,
  `printf 'Sow in spring.\\nWater in summer.\\nHarvest in autumn.\\n' > plan.txt`,
  '}',
  'exec tail -f /dev/null',
].join('\n');
export const BREAKING_COMMAND = `cd ${SAMPLE_FOLDER} && rm -f app.py && echo 'Sow nothing.' > plan.txt && echo oops > core.dump`;
export const SHOWING_COMMAND = `cd ${SAMPLE_FOLDER} && for f in *; do echo "$f"; sed 's/^/    /' "$f"; done`;
