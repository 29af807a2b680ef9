import type { Page } from 'playwright-core';

/** The name of what has the focus, as a person hears it. */
export async function focusedName(page: Page): Promise<string> {
  // As text: it runs in the page, whose globals this project does not know.
  return page.evaluate<string>(
    `document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? ''`,
  );
}
