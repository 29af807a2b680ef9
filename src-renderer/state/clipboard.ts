import { showToast } from './toasts';

/** Copies a text and says so; `what` names it, such as `id`. */
export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    showToast({ tone: 'info', message: `Copied ${what}.` });
  } catch {
    showToast({ tone: 'error', message: `The ${what} could not be copied. Select it and copy by hand.` });
  }
}
