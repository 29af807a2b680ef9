import type { Locator, Page } from 'playwright-core';

/** The comparison of two, by role and name. */
export class ComparePage {
  constructor(readonly page: Page) {}

  get tree(): Locator {
    return this.page.getByRole('tree', { name: 'Changed paths' });
  }

  get contents(): Locator {
    return this.page.getByRole('complementary', { name: 'Contents' });
  }

  line(name: string): Locator {
    return this.tree.getByRole('treeitem').filter({ has: this.page.getByText(name, { exact: true }) });
  }

  async choose(side: 'From' | 'To', name: string): Promise<void> {
    await this.page.getByRole('combobox', { name: side }).selectOption({ label: name });
  }
}
