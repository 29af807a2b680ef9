import { expect, it } from 'vitest';
import type { LiveFile } from '../../../src-main/http/schemas/live-files';
import { folderRows, foldersTo, type FolderState } from '../../../src-renderer/model/folder-tree';

function file(path: string, kind: LiveFile['kind'] = 'file'): LiveFile {
  return { path, kind, sizeBytes: 1, mode: 0o644, owner: 'root', group: 'root', modifiedAt: '' };
}

const read = (...items: LiveFile[]): FolderState => ({ items, reading: false, failure: undefined });
const folders = new Map([
  ['/', read(file('/a', 'directory'), file('/b', 'directory'), file('/c'))],
  ['/a', read(file('/a/deep.txt'), file('/a/other'))],
  ['/b', read()],
]);

it('shows what open folders hold, with its place among its siblings', () => {
  const rows = folderRows({ folders, expanded: new Set(['/', '/a', '/b']), filter: '' });
  expect(rows.map(({ path, level, position, siblings }) => [path, level, position, siblings])).toEqual([
    ['/', 1, 1, 1],
    ['/a', 2, 1, 3],
    ['/a/deep.txt', 3, 1, 2],
    ['/a/other', 3, 2, 2],
    ['/b', 2, 2, 3],
    ['/c', 2, 3, 3],
  ]);
  expect(rows.map((row) => row.note)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    'Empty',
    undefined,
  ]);
});

it('shows of a filtered tree what matches and the folders on the way', () => {
  const rows = folderRows({ folders, expanded: new Set(['/', '/a']), filter: 'DEEP' });
  expect(rows.map((row) => row.path)).toEqual(['/', '/a', '/a/deep.txt']);
});

it('knows the folders on the way to a path', () => {
  expect(foldersTo('/a/b/c')).toEqual(['/', '/a', '/a/b']);
  expect(foldersTo('')).toEqual(['/']);
});
