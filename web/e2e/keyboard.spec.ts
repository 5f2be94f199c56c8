/** The way through the pages without a mouse. */

import session from '../src/i18n/messages/en/session';
import shell from '../src/i18n/messages/en/shell';
import { shown } from './support/shown';
import { ADMIN, expect, type Page, test } from './support/test';
import type { Locator } from '@playwright/test';

/** More stops than any page has before what is looked for here. */
const MOST_STOPS = 80;

test('one signs in, finds a page, goes there and signs out by keyboard alone', async ({ page }) => {
  const { keyboard } = page;
  const title = page.getByRole('heading', { level: 1 });
  await page.goto('/');
  await expect(title).toHaveText(session.title);
  await tabTo(page, page.getByLabel(session.email));
  await keyboard.type(ADMIN.email);
  await tabTo(page, page.getByLabel(session.password));
  await keyboard.type(ADMIN.password);
  await keyboard.press('Enter');
  await expect(page).toHaveURL(({ pathname }) => pathname === '/');
  await shown(page);

  await page.reload();
  await shown(page);
  const skip = page.getByRole('link', { name: shell.skip });
  await keyboard.press('Tab');
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();

  await page.reload();
  await shown(page);
  await tabTo(page, page.getByRole('navigation').getByRole('link', { name: shell.users, exact: true }));
  await keyboard.press('Enter');
  await expect(title).toHaveText(shell.users);
  // One goes on from the beginning of the page.
  await expect(page.getByRole('main')).toBeFocused();

  const account = page.getByRole('button', { name: shell.accountMenu.replace('{name}', ADMIN.displayName) });
  await tabTo(page, account);
  await keyboard.press('Enter');
  const signOut = page.getByRole('menuitem', { name: shell.signOut });
  await expect(signOut).toBeVisible();
  await keyboard.press('Escape');
  await expect(signOut).toBeHidden();
  await expect(account).toBeFocused();
  await keyboard.press('Enter');
  await expect(page.getByRole('menuitem').first()).toBeFocused();
  await keyboard.press('ArrowUp');
  await expect(signOut).toBeFocused();
  await keyboard.press('Enter');
  await expect(title).toHaveText(session.title);
});

test('whatever is focused is seen to be, and focus is never lost', async ({ signedIn }) => {
  await signedIn.goto('/');
  await shown(signedIn);
  const seen = new Set<string>();
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    await signedIn.keyboard.press('Tab');
    const focused = await signedIn.evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body) return null;
      const style = getComputedStyle(element);
      return {
        what: element.outerHTML.slice(0, 120),
        isMarked:
          (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none',
      };
    });
    // Behind the last one is the browser's own.
    if (focused === null) break;
    expect(focused.isMarked, `${focused.what} is marked`).toBe(true);
    seen.add(focused.what);
  }
  expect(seen.size).toBeGreaterThan(8);
});

/** Goes on with the tabulator until `wanted` has the focus. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await expect(wanted).toBeVisible();
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  await expect(wanted).toBeFocused();
}
