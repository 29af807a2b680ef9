import { setTimeout as delay } from 'node:timers/promises';
import { type BrowserWindow, type MessageBoxOptions, type WebContents, dialog } from 'electron';

const QUESTION: MessageBoxOptions = {
  type: 'warning',
  title: 'Text that is not saved',
  message: 'Text that you typed is not saved.',
  detail: 'Leaving loses it.',
  buttons: ['Leave without saving', 'Stay'],
  defaultId: 1,
  cancelId: 1,
  noLink: true,
};
const LEAVE = 0;
/** Asks as a browser does before it leaves a page: its own listeners say whether something would be lost. */
const ASK_PAGE = `window.dispatchEvent(new Event('beforeunload', { cancelable: true }))`;
/** A page that does not answer has nothing to save any more. */
const ANSWER_MS = 1_000;

/** Whether the window may go: nothing in it would be lost, or the person says so. */
export async function mayLeave(window: BrowserWindow | undefined): Promise<boolean> {
  if (window === undefined || !(await wouldLose(window.webContents))) return true;
  // It may wait in the tray.
  window.show();
  const { response } = await dialog.showMessageBox(window, QUESTION);
  return response === LEAVE;
}

/** Has a reload ask too; without an answer Electron would just refuse it. */
export function askBeforeReload(window: BrowserWindow): void {
  window.webContents.on('will-prevent-unload', (event) => {
    if (dialog.showMessageBoxSync(window, QUESTION) === LEAVE) event.preventDefault();
  });
}

async function wouldLose(page: WebContents): Promise<boolean> {
  // Until a page is there, Electron would wait for it.
  if (page.isLoadingMainFrame()) return false;
  try {
    const answer: unknown = await Promise.race([page.executeJavaScript(ASK_PAGE), delay(ANSWER_MS)]);
    return answer === false;
  } catch {
    return false;
  }
}
