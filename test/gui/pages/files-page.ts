import type { Locator, Page } from 'playwright-core';

/** The files of a sandbox's page, by role and name. */
export class FilesPage {
  constructor(readonly page: Page) {}

  get tree(): Locator {
    return this.page.getByRole('tree', { name: 'Files' });
  }

  row(name: string): Locator {
    return this.tree.getByRole('treeitem').filter({ has: this.page.getByText(name, { exact: true }) });
  }

  get pane(): Locator {
    return this.page.getByRole('complementary', { name: 'File' });
  }

  get text(): Locator {
    return this.pane.getByRole('textbox', { name: /^Text of/ });
  }

  dialog(name: string | RegExp): Locator {
    return this.page.getByRole('dialog', { name }).or(this.page.getByRole('alertdialog', { name }));
  }

  async choose(name: string, entry: string): Promise<void> {
    await this.row(name)
      .getByRole('button', { name: `Actions for ${name}` })
      .click();
    await this.page.getByRole('menuitem', { name: entry }).click();
  }

  /** Drags a file over a line and lets it go there. */
  async drop(name: string, file: { name: string; text: string }): Promise<void> {
    // As text: it runs in the page, whose globals this project does not know.
    const data = await this.page.evaluateHandle(
      `(() => { const data = new DataTransfer();
        data.items.add(new File([${JSON.stringify(file.text)}], ${JSON.stringify(file.name)}));
        return data; })()`,
    );
    for (const event of ['dragover', 'drop'])
      await this.row(name).dispatchEvent(event, { dataTransfer: data });
  }
}
