/** Looks at a page as axe does: contrast, names, roles, order, and so on. */

import { expect, type Page } from '@playwright/test';
import axe, { type AxeResults } from 'axe-core';

/** Fails where axe finds anything serious or critical on the page as it is now. */
export async function audit(page: Page): Promise<void> {
  // By way of the debugger, so that the page's policy stays as it is.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  );
  const findings = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) =>
      nodes.map(
        ({ target, failureSummary }) => `${id}: ${help}\n  ${target.join(' ')}\n  ${failureSummary ?? ''}`,
      ),
    );
  expect(findings, `axe, on ${page.url()}`).toEqual([]);
}
