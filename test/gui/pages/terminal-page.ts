import type { Locator, Page } from 'playwright-core';

/** The terminal of a sandbox's page, by role and name. */
export class TerminalPage {
  constructor(readonly page: Page) {}

  get tabs(): Locator {
    return this.page.getByRole('tablist', { name: 'Terminals' }).getByRole('tab');
  }

  /** What a screen reader gets to read, whichever way the text is drawn. */
  get text(): Locator {
    return this.page.locator('.xterm-accessibility-tree');
  }

  get input(): Locator {
    return this.page.getByRole('textbox', { name: 'Terminal input' });
  }

  async ready(): Promise<void> {
    await this.page.locator('[data-connection=open]').waitFor();
    const reader = this.page.getByRole('button', { name: 'Screen reader mode' });
    if ((await reader.getAttribute('aria-pressed')) !== 'true') {
      await reader.click();
      await this.input.focus();
    }
  }

  async run(line: string): Promise<void> {
    await this.input.focus();
    await this.page.keyboard.type(line);
    await this.page.keyboard.press('Enter');
  }

  async sees(text: string | RegExp): Promise<void> {
    await this.text.getByText(text).first().waitFor();
  }
}
