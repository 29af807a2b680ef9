/** Colours, cursor movements, titles: what a program tells a terminal and a reader does not need. */
const TERMINAL_SEQUENCE =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]*[0-Z^-~])/g;
/** All that draws nothing, but not the tabulator. */
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/g;

/** A line of output as a reader of its text sees it; of what a progress bar wrote over itself, the last state. */
export function plainText(line: string): string {
  const shown = line.replace(/\r+$/, '');
  return shown
    .slice(shown.lastIndexOf('\r') + 1)
    .replace(TERMINAL_SEQUENCE, '')
    .replace(CONTROL, '');
}
