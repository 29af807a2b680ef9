import type { HistoryEntry, ImageConfig } from '../../engine/engine-types';
import type { TravellingFacts } from '../labelled-record';
import { nameOfText, variableName } from './left-out-texts';

/** Where a secret is that is in no file: what travels beside the layers. */
export type TextPlace = 'environment' | 'command' | 'label' | 'history' | 'notes';

/** A text that travels with an image, and what people call it. */
export interface ImageText {
  place: TextPlace;
  /** Such as the name of a variable. */
  name: string;
  text: string;
  /** How to name it so that it stays here, where it can. */
  leaveOut?: string;
}

/** Everything beside the layers that an archive of the image, or the image in a registry, tells. */
export function imageTexts(
  config: ImageConfig,
  history: readonly HistoryEntry[],
  facts: TravellingFacts,
): ImageText[] {
  const { notes, name, labels = {} } = facts;
  return [
    ...(config.Env ?? []).map((text) => {
      const variable = variableName(text);
      return { place: 'environment' as const, name: variable, text, ...leftOutAs('env', variable) };
    }),
    ...commands(config).map(([called, text]) => ({ place: 'command' as const, name: called, text })),
    ...Object.entries({ ...config.Labels, ...labels }).map(([label, value]) => ({
      place: 'label' as const,
      name: label,
      text: `${label}=${value}`,
      ...leftOutAs('label', label),
    })),
    // The engine tells the newest first, people count from the beginning.
    ...history.toReversed().map(({ createdBy, comment }, at) => ({
      place: 'history' as const,
      name: `step ${at + 1}`,
      text: `${createdBy}\n${comment}`,
      ...leftOutAs('history', String(at + 1)),
    })),
    ...[name, notes].flatMap((text, at) =>
      text === undefined
        ? []
        : [
            {
              place: 'notes' as const,
              name: at === 0 ? 'name of the snapshot' : 'notes of the snapshot',
              text,
            },
          ],
    ),
  ];
}

function leftOutAs(...named: Parameters<typeof nameOfText>): Pick<ImageText, 'leaveOut'> {
  const leaveOut = nameOfText(...named);
  return leaveOut === undefined ? {} : { leaveOut };
}

function commands(config: ImageConfig): [string, string][] {
  const lists = { entrypoint: config.Entrypoint, command: config.Cmd, 'on build': config.OnBuild };
  const health = config.Healthcheck === undefined ? [] : [JSON.stringify(config.Healthcheck)];
  return [...Object.entries(lists), ['health check', health] as const].flatMap(([name, words]) =>
    words === null || words === undefined || words.length === 0 ? [] : [[name, words.join(' ')]],
  );
}
