import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

/** What axe finds wrong with a page: each rule with the elements that break it. */
export async function axeViolations(page: Page): Promise<string[]> {
  // Its preloading rebuilds style sheets as inline ones, which the page's policy refuses and complains about.
  const { violations } = await new AxeBuilder({ page }).options({ preload: false }).analyze();
  return violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html).join(' ')}`);
}
