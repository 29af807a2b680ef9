import type { Locator, Page } from 'playwright-core';

/** The list of snapshots, its detail pane and its dialogs, by role and name. */
export class SnapshotsPage {
  constructor(readonly page: Page) {}

  row(name: string): Locator {
    return this.page.getByRole('grid', { name: 'Snapshots' }).getByRole('row').filter({ hasText: name });
  }

  get details(): Locator {
    return this.page.getByRole('complementary', { name: 'Snapshot details' });
  }

  dialog(name: string | RegExp): Locator {
    return this.page.getByRole('dialog', { name }).or(this.page.getByRole('alertdialog', { name }));
  }

  async open(): Promise<void> {
    await this.page.getByRole('link', { name: 'Snapshots', exact: true }).click();
    await this.page.getByRole('heading', { level: 1, name: 'Snapshots' }).waitFor();
  }

  async waitForReady(name: string): Promise<void> {
    await this.row(name).getByText('Ready').waitFor();
  }
}
