import type { EngineEvent } from './engine-types';

/** Reads one entry of the engine's event stream, whatever version wrote it. */
export function parseEvent(entry: Record<string, unknown>): EngineEvent {
  const actor = isRecord(entry['Actor']) ? entry['Actor'] : {};
  const attributes = isRecord(actor['Attributes']) ? actor['Attributes'] : {};
  const type = entry['Type'];
  return {
    type:
      type === 'container' || type === 'image' || type === 'volume' || type === 'network' ? type : 'other',
    // API 1.52 drops the old top-level `status` and `id`; the fields read here exist in both forms.
    action: typeof entry['Action'] === 'string' ? entry['Action'] : '',
    id: typeof actor['ID'] === 'string' ? actor['ID'] : '',
    attributes: Object.fromEntries(
      Object.entries(attributes).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
    ),
    timeNano: typeof entry['timeNano'] === 'number' ? entry['timeNano'] : 0,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
