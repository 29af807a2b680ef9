import type { ChangedPath } from '../../../src-main/http/schemas/compare';

const KIND_WORDS: Readonly<Record<string, string>> = { directory: 'folder', symlink: 'link' };

export function kindWord(kind: string | undefined): string {
  return KIND_WORDS[kind ?? ''] ?? kind ?? '';
}

/** What happened to a path, in one or two words. */
export function changeWord(item: ChangedPath): string {
  if (item.change === 'added') return 'Added';
  if (item.change === 'removed') return 'Removed';
  if (item.kindBefore !== item.kindAfter) return `Now a ${kindWord(item.kindAfter)}`;
  if (item.contentChanged) return 'Changed';
  return item.ownerAfter === undefined ? 'Mode changed' : 'Owner changed';
}
