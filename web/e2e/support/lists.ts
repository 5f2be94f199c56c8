/** What tests of the lists have in common. */

import { expect, type Locator, type Page } from '@playwright/test';

/** Opens an address of a list, and waits until its rows are there. */
export async function openList(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await expect(totalOf(page)).toHaveAttribute('data-total', /\d/);
}

/** How many rows a list says it has: in the attribute `data-total` once it is counted. */
export const totalOf = (page: Page): Locator => page.getByTestId('total');

/** The rows of the page that is shown. */
export const rowsOf = (page: Page): Locator => page.locator('tr[data-row]');

/** The row with that id. */
export const rowOf = (page: Page, id: string): Locator => page.locator(`tr[data-row="${id}"]`);

/** The panel beside a list. */
export const panelOf = (page: Page): Locator => page.getByRole('dialog');

/** Chooses from the menu of actions of a row. */
export async function act(page: Page, id: string, action: string | RegExp): Promise<void> {
  await rowOf(page, id)
    .getByRole('button', { name: /: actions$/ })
    .click();
  await page.getByRole('menuitem', { name: action }).click();
}

/**
 * Holds the moment in which a deletion can be taken back, from the next address on, until what is returned is called: it
 * would be over while a slow machine is still busy.
 */
export async function holdUndo(page: Page): Promise<() => Promise<void>> {
  await page.addInitScript(() => {
    const held = new Map<unknown, () => void>();
    const begin = window.setTimeout.bind(window);
    const end = window.clearTimeout.bind(window);
    const later = (call: (...given: unknown[]) => void, ms?: number, ...given: unknown[]) => {
      // All other timers are left to run.
      if (ms !== 5_000) return begin(call, ms, ...given);
      const id = begin(() => undefined);
      held.set(id, () => {
        call(...given);
      });
      return id;
    };
    const never = (id?: number) => {
      held.delete(id);
      end(id);
    };
    Object.assign(window, {
      setTimeout: later,
      clearTimeout: never,
      undoIsOver: () => {
        for (const call of held.values()) call();
        held.clear();
      },
    });
  });
  return () => page.evaluate('undoIsOver()');
}

/** A name that no other row has. */
export const newName = (what: string): string => `${what} ${Math.random().toString(36).slice(2, 10)}`;
