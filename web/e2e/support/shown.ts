/** When a page shows what it is about. */

import { expect, type Page } from '@playwright/test';

/** Waits until the page has its title, and nothing on it is still being loaded for the first time. */
export async function shown(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.locator('[aria-busy="true"], [data-loading]')).toHaveCount(0);
}
