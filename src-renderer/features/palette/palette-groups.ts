import { best, matchScore, tokensOf, wordStarts } from '../../model/palette-match';
import { usePreferences } from '../../state/preferences';
import { recentKeys } from '../../state/recent';
import { useSandboxes } from '../../state/sandboxes';
import { useSnapshots } from '../../state/snapshots';
import { commandEntries } from './palette-commands';
import { actionEntries, entityEntry, namesOf, screenEntries, type PaletteEntry } from './palette-entries';

const MAX_SHOWN = 20;
/** Of these, their actions are searched too. */
const MAX_NAMED = 6;
const SELECTION_BONUS = 2;
const RECENT_BONUS = 1;

export interface PaletteGroup {
  title: string;
  entries: readonly PaletteEntry[];
}

export interface PaletteQuery {
  text: string;
  /** What is selected on the screen below. */
  selected: readonly string[];
  /** Whose actions alone are shown. */
  scope: string | undefined;
  outage: string | undefined;
}

/** What the palette shows for what was typed; never more than some dozens of lines. */
export function paletteGroups({ text, selected, scope, outage }: PaletteQuery): PaletteGroup[] {
  const tokens = tokensOf(text);
  const score = (entry: PaletteEntry): number => matchScore(tokens, entry.words);
  if (scope !== undefined) {
    const actions = actionEntries([scope], outage);
    const shown = tokens.length === 0 ? actions : best(actions, score, MAX_SHOWN);
    return filled([{ title: namesOf([scope]), entries: shown }]);
  }
  const ofSelection = actionEntries(selected, outage);
  const commands = commandEntries(usePreferences.getState().settings, outage);
  const recent = recentEntries([...commands, ...screenEntries()]);
  if (tokens.length === 0) {
    const isRecent = new Set(recent.map(({ key }) => key));
    return filled([
      { title: selected.length === 0 ? '' : namesOf(selected), entries: ofSelection },
      { title: 'Recent', entries: recent },
      { title: 'Go to', entries: screenEntries().filter(({ key }) => !isRecent.has(key)) },
      { title: 'Commands', entries: commands.filter(({ key }) => !isRecent.has(key)) },
    ]);
  }
  const entities = allEntities();
  const candidates = [
    ...ofSelection,
    ...commands,
    ...screenEntries(),
    ...entities,
    ...actionsByName(tokens, entities, { selected, outage }),
  ];
  const bonus = new Map([
    ...recent.map(({ key }) => [key, RECENT_BONUS] as const),
    ...ofSelection.map(({ key }) => [key, SELECTION_BONUS] as const),
  ]);
  const ranked = (entry: PaletteEntry): number => {
    const matched = score(entry);
    return matched === 0 ? 0 : matched + (bonus.get(entry.key) ?? 0);
  };
  return filled([{ title: 'Results', entries: best(candidates, ranked, MAX_SHOWN) }]);
}

/** `roll agent`: the actions of those whose names answer a part of what was typed. */
function actionsByName(
  tokens: readonly string[],
  entities: readonly PaletteEntry[],
  { selected, outage }: Pick<PaletteQuery, 'selected' | 'outage'>,
): PaletteEntry[] {
  if (tokens.length < 2) return [];
  const named = best(entities, ({ words }) => wordStarts(tokens, words), MAX_NAMED);
  return named.flatMap(({ entityId = '' }) =>
    selected.length === 1 && selected[0] === entityId ? [] : actionEntries([entityId], outage),
  );
}

function allEntities(): PaletteEntry[] {
  const ids = [...useSandboxes.getState().order, ...useSnapshots.getState().order];
  return ids.flatMap((id) => entityEntry(id) ?? []);
}

function recentEntries(others: readonly PaletteEntry[]): PaletteEntry[] {
  return recentKeys().flatMap((key) => others.find((entry) => entry.key === key) ?? entityEntry(key) ?? []);
}

function filled(groups: PaletteGroup[]): PaletteGroup[] {
  return groups.filter(({ entries }) => entries.length > 0);
}
