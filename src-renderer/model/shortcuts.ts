/** Every key of the window, for the list that `?` opens. */
export const SHORTCUT_GROUPS: readonly {
  title: string;
  keys: readonly (readonly [keys: string, what: string])[];
}[] = [
  {
    title: 'Everywhere',
    keys: [
      ['Ctrl K', 'Command palette'],
      ['N', 'New sandbox'],
      ['?', 'This list'],
      ['Esc', 'Close one layer'],
    ],
  },
  {
    title: 'Go to',
    keys: [
      ['G S', 'Sandboxes'],
      ['G N', 'Snapshots'],
      ['G L', 'Lineage'],
      ['G C', 'Compare'],
      ['G D', 'Disk'],
      ['G A', 'Activity'],
      ['G ,', 'Settings'],
    ],
  },
  {
    title: 'Lists',
    keys: [
      ['/', 'Filter'],
      ['↑ ↓', 'Move'],
      ['Space', 'Select'],
      ['⇧↑ ⇧↓', 'Select a range'],
      ['Ctrl A', 'Select all'],
      ['Enter', 'Open'],
      ['⇧F10', 'Menu of the row'],
      ['Esc', 'Clear the selection'],
    ],
  },
  {
    title: 'Sandboxes',
    keys: [
      ['S', 'Take snapshot'],
      ['⇧S', 'Take snapshot with name and note'],
      ['C', 'Compare with a snapshot, or two selected'],
      ['R', 'Roll back'],
      ['F', 'Fork'],
      ['P', 'Pause or resume'],
      ['F2', 'Rename'],
      ['E', 'Change expiry'],
      ['Del', 'Delete'],
    ],
  },
  {
    title: 'Compare',
    keys: [
      ['X', 'Swap sides'],
      ['/', 'Filter'],
    ],
  },
  {
    title: 'Terminal',
    keys: [
      ['F6', 'Leave the terminal'],
      ['Ctrl F', 'Search'],
      ['Ctrl C', 'Copy what is selected'],
      ['← →', 'Another terminal, on its tab'],
      ['F2', 'Rename, on its tab'],
    ],
  },
  {
    title: 'Snapshots',
    keys: [
      ['R', 'Restore'],
      ['⇧R', 'Restore with choices'],
      ['C', 'Compare'],
      ['B', 'Browse files'],
      ['F', 'Fork'],
      ['F2', 'Rename'],
      ['P', 'Pin or unpin'],
      ['E', 'Export to a file'],
      ['Del', 'Delete'],
    ],
  },
];
