import type { HistoryEntry, ImageConfig } from '../../engine/engine-types';
import type { TravellingFacts } from '../labelled-record';

/** Where a secret is that is in no file: what travels beside the layers. */
export type TextPlace = 'environment' | 'command' | 'label' | 'history' | 'notes';

/** A text that travels with an image, and what people call it. */
export interface ImageText {
  place: TextPlace;
  /** Such as the name of a variable. */
  name: string;
  text: string;
}

/** Everything beside the layers that an archive of the image, or the image in a registry, tells. */
export function imageTexts(
  config: ImageConfig,
  history: readonly HistoryEntry[],
  facts: TravellingFacts,
): ImageText[] {
  const { notes, name, labels = {} } = facts;
  return [
    ...(config.Env ?? []).map((text) => ({
      place: 'environment' as const,
      name: text.split('=', 1)[0] ?? '',
      text,
    })),
    ...commands(config).map(([called, text]) => ({ place: 'command' as const, name: called, text })),
    ...Object.entries({ ...config.Labels, ...labels }).map(([label, value]) => ({
      place: 'label' as const,
      name: label,
      text: `${label}=${value}`,
    })),
    // The engine tells the newest first, people count from the beginning.
    ...history.toReversed().map(({ createdBy, comment }, at) => ({
      place: 'history' as const,
      name: `step ${at + 1}`,
      text: `${createdBy}\n${comment}`,
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

function commands(config: ImageConfig): [string, string][] {
  const lists = { entrypoint: config.Entrypoint, command: config.Cmd, 'on build': config.OnBuild };
  const health = config.Healthcheck === undefined ? [] : [JSON.stringify(config.Healthcheck)];
  return [...Object.entries(lists), ['health check', health] as const].flatMap(([name, words]) =>
    words === null || words === undefined || words.length === 0 ? [] : [[name, words.join(' ')]],
  );
}
