import { type BrowserWindow, type MessageBoxOptions, dialog } from 'electron';
import type { QuitAnswer } from './quitting';

/** In the order of the buttons below. */
const ANSWERS: readonly QuitAnswer[] = ['finish', 'now', 'cancel'];
const FINISH = 0;
const CANCEL = 2;

/** Asks whether captures may finish before the app quits. Closing the question cancels. */
export async function askHowToQuit(parent: BrowserWindow | undefined, pending: number): Promise<QuitAnswer> {
  const options: MessageBoxOptions = {
    type: 'question',
    title: 'Quit OpenSandbox Desktop',
    message:
      pending === 1
        ? 'A snapshot is still being captured.'
        : `${pending} snapshots are still being captured.`,
    detail:
      'Finish first waits for them and then quits. Quit now stops here: the next start finishes them or marks ' +
      'them as failed. Sandboxes keep running either way.',
    buttons: ['Finish first', 'Quit now (recovers at next start)', 'Cancel'],
    defaultId: FINISH,
    cancelId: CANCEL,
    noLink: true,
  };
  const { response } =
    parent === undefined
      ? await dialog.showMessageBox(options)
      : await dialog.showMessageBox(parent, options);
  return ANSWERS[response] ?? 'cancel';
}
