import type { Locator, Page } from 'playwright-core';

/** The command palette, by role and name. */
export class PalettePage {
  constructor(readonly page: Page) {}

  get dialog(): Locator {
    return this.page.getByRole('dialog', { name: 'Command palette' });
  }

  option(name: string | RegExp): Locator {
    return this.dialog.getByRole('option', { name });
  }

  async open(): Promise<void> {
    await this.page.keyboard.press('Control+k');
    await this.dialog.waitFor();
  }

  /** Types, waits until what is meant is the first that was found, and does it. */
  async run(text: string, first: string | RegExp): Promise<void> {
    await this.open();
    await this.page.keyboard.type(text);
    await this.dialog.getByRole('option').first().and(this.option(first)).waitFor();
    await this.page.keyboard.press('Enter');
    await this.dialog.waitFor({ state: 'detached' });
  }
}
