import type { Locator, Page } from 'playwright-core';

/** The list of sandboxes and its dialogs, by role and name. */
export class SandboxesPage {
  constructor(readonly page: Page) {}

  row(name: string): Locator {
    return this.page.getByRole('row').filter({ has: this.page.getByRole('link', { name, exact: true }) });
  }

  dialog(name: string | RegExp): Locator {
    return this.page.getByRole('dialog', { name }).or(this.page.getByRole('alertdialog', { name }));
  }

  async open(): Promise<void> {
    await this.page.getByRole('link', { name: 'Sandboxes', exact: true }).click();
    await this.page.getByRole('heading', { level: 1, name: 'Sandboxes' }).waitFor();
  }

  /** Creates a sandbox by mouse from a local image. */
  async create(image: string, name: string): Promise<void> {
    await this.page.getByRole('button', { name: /^(New sandbox)$/ }).click();
    const dialog = this.dialog('New sandbox');
    await dialog.getByRole('combobox', { name: 'Image' }).fill(image);
    await dialog.getByRole('option', { name: image }).click();
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
    await dialog.getByRole('button', { name: 'Create sandbox' }).click();
    await dialog.waitFor({ state: 'detached' });
    await this.row(name).getByText('Running').waitFor();
  }

  /** Opens the menu of a row by its ⋯ button and chooses an entry. */
  async choose(name: string, entry: string): Promise<void> {
    await this.row(name)
      .getByRole('button', { name: `Actions for ${name}` })
      .click();
    await this.page.getByRole('menuitem', { name: entry }).click();
  }
}
