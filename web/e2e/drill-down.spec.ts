/** From a number of the dashboard to the rows that it counts: as many as the number says. */

import { totalOf } from './support/lists';
import { expect, test } from './support/test';

test.use({ worldName: 'drill-down' });

for (const period of ['7d', '30d', '365d']) {
  test(`every number of ${period} leads to as many rows`, async ({ signedIn }) => {
    await signedIn.goto(`/?period=${period}`);
    await expect(signedIn.locator('[data-kpi="leadsNew"] a').first()).toBeVisible();
    const links = await signedIn
      .locator('[data-kpi] a, [data-status] a, [data-step] a')
      .evaluateAll((anchors) =>
        anchors.map((anchor) => ({
          kpi: anchor.closest('[data-kpi]')?.getAttribute('data-kpi') ?? '',
          href: anchor.getAttribute('href') ?? '',
          text: (anchor as HTMLElement).innerText.trim(),
        })),
      );
    // Rates, averages and amounts are no numbers of rows.
    const counts = links.filter(({ text }) => /^\d{1,3}(,\d{3})*$/.test(text));
    const cards = new Set(counts.map(({ kpi }) => kpi));
    for (const kpi of ['usersTotal', 'usersNew', 'proposalsNew', 'proposalsSent', 'leadsNew']) {
      expect(cards).toContain(kpi);
    }
    for (const { href, text } of counts) {
      await signedIn.goto(href);
      await expect(totalOf(signedIn), href).toHaveAttribute('data-total', text.replaceAll(',', ''));
    }
  });
}

test('the rows behind the pending amount add up to it', async ({ signedIn, world }) => {
  await signedIn.goto('/?period=30d');
  const href = await signedIn.locator('[data-kpi="pendingAmount"] a').first().getAttribute('href');
  const search = new URL(href ?? '', world.a.url).searchParams;
  const query = {
    status: ['sent', 'viewed'] as ('sent' | 'viewed')[],
    createdFrom: search.get('createdFrom') ?? '',
    createdTo: search.get('createdTo') ?? '',
    sentTo: search.get('sentTo') ?? '',
  };
  const sums = new Map<string, number>();
  let count = 0;
  for await (const { currency, amountMinor } of world.client().each('listProposals', { query })) {
    sums.set(currency, (sums.get(currency) ?? 0) + amountMinor);
    count += 1;
  }
  const { kpis } = await world.client().getOverview({ query: { period: '30d', tz: 'Europe/Paris' } });
  const pending = kpis.find(({ key }) => key === 'pendingAmount');
  const told = [...sums]
    .map(([currency, amountMinor]) => ({ currency, amountMinor }))
    .sort((one, other) => one.currency.localeCompare(other.currency));
  expect(pending?.value).toEqual(told);
  await signedIn.goto(href ?? '');
  await expect(totalOf(signedIn)).toHaveAttribute('data-total', String(count));
});
