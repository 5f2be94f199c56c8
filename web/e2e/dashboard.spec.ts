/** The dashboard shows what the API says, in words, charts, tables and links, however it is looked at. */

import type { Dashboard, Kpi, Money } from '@admin-metrics/client';

import { ADMIN, audit, expect, type Page, test, type World } from './support/test';

test.use({ worldName: 'dashboard' });

const QUERY = { period: '30d', tz: 'Europe/Paris' } as const;
/** The lines of each chart, in the order of its table. */
const LINES = {
  users: ['usersNew'],
  proposals: ['proposalsNew', 'proposalsSent'],
  leads: ['leadsNew', 'leadsConverted'],
} as const;

function count(value: number, locale = 'en'): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(value);
}

function percent(value: number, locale = 'en'): string {
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(value);
}

function money({ amountMinor, currency }: Money): string {
  // The demo data's currencies are those of which browsers know how many digits they have.
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.format(amountMinor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

/** A figure as the page writes it. */
function figure({ unit, value }: Kpi, locale = 'en'): string {
  if (typeof value !== 'number') return '–';
  if (unit === 'rate') return percent(value, locale);
  if (unit === 'count') return count(value, locale);
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }).format(value);
}

async function read(world: World): Promise<Dashboard> {
  return world.client().getDashboard({ query: QUERY });
}

/** The text of an element; languages differ in which spaces they take. */
function text(expected: string): RegExp {
  const literal = expected.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/\s/g, '\\s');
  return new RegExp(`^\\s*${literal}`);
}

test('every figure is the API’s, with its change', async ({ signedIn: page, world }) => {
  const { kpis } = (await read(world)).overview;
  await page.goto('/');
  expect(kpis).toHaveLength(10);
  for (const kpi of kpis) {
    const card = page.locator(`[data-kpi=${kpi.key}]`);
    if (Array.isArray(kpi.value)) {
      for (const amount of kpi.value) {
        await expect(card.locator(`[data-currency=${amount.currency}] [data-value]`)).toHaveText(
          text(money(amount)),
        );
      }
    } else {
      await expect(card.locator('[data-value]')).toHaveText(text(figure(kpi)));
      const change = card.locator('[data-delta]');
      if (kpi.deltaPct === null || typeof kpi.previous !== 'number') {
        await expect(change).toContainText(kpi.status === 'no_data' ? 'no data' : 'no comparison');
      } else if (Math.abs(kpi.deltaPct) >= 0.0005) {
        await expect(change).toContainText(
          `${kpi.deltaPct > 0 ? 'up' : 'down'} ${percent(Math.abs(kpi.deltaPct))} from ${figure({ ...kpi, value: kpi.previous })}`,
        );
      }
    }
  }
});

test('a figure says what it counts', async ({ signedIn: page }) => {
  await page.goto('/');
  await page.getByRole('button', { name: 'What is “Acceptance rate”?' }).click();
  await expect(page.getByRole('dialog')).toContainText('accepted, declined or expired');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
});

test('the tables of the charts hold the API’s numbers, those before too', async ({
  signedIn: page,
  world,
}) => {
  const { buckets, series } = (await read(world)).charts;
  await page.goto('/');
  for (const [chart, keys] of Object.entries(LINES)) {
    const card = page.locator(`[data-chart=${chart}]`);
    await card.getByRole('button', { name: 'Table' }).click();
    const lines = keys.flatMap((key) => series.filter((each) => each.key === key));
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
    const total = lines.flatMap((line) => [line.total, sum(line.previousValues)]);
    const rows = buckets.map((_, at) =>
      lines.flatMap(({ values, previousValues }) => [values[at] ?? -1, previousValues[at] ?? -1]),
    );
    const expected = [total, ...rows.reverse()].map((row) => row.map((value) => count(value)));
    await expect
      .poll(() =>
        card
          .locator('tbody tr')
          .evaluateAll((shown) =>
            shown.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent)),
          ),
      )
      .toEqual(expected);
    // The newest day is not over.
    await expect(card.locator('tbody tr').nth(1)).toContainText('not complete');
    await card.getByRole('button', { name: 'Chart' }).click();
    await expect(card.getByRole('slider')).toBeVisible();
  }
});

test('breakdowns, funnel and newest rows are the API’s', async ({ signedIn: page, world }) => {
  const { overview, recentUsers, recentProposals } = await read(world);
  await page.goto('/');
  for (const { status, count: rows } of overview.proposalsByStatus) {
    const row = page.locator(`[data-panel=proposals-by-status] [data-status=${status}]`);
    await expect(row.locator('a')).toHaveText(count(rows));
  }
  for (const { status, count: rows } of overview.leadsByStatus) {
    const row = page.locator(`[data-panel=leads-by-status] [data-status=${status}]`);
    await expect(row.locator('a')).toHaveText(count(rows));
  }
  const all = overview.funnel[0]?.count ?? 0;
  for (const { step, count: users } of overview.funnel) {
    const row = page.locator(`[data-panel=funnel] [data-step=${step}]`);
    await expect(row).toContainText(count(users));
    await expect(row).toContainText(percent(users / all));
  }
  await expect(page.locator('[data-panel=recent-users] tbody a')).toHaveText(
    recentUsers.items.map(({ displayName }) => displayName),
  );
  await expect(page.locator('[data-panel=recent-proposals] tbody a')).toHaveText(
    recentProposals.items.map(({ title }) => title),
  );
});

test('every number leads to as many rows as it says', async ({ signedIn: page, world }) => {
  const { kpis, proposalsByStatus, leadsByStatus } = (await read(world)).overview;
  await page.goto('/');
  const expected = new Map<string, number>();
  for (const { key, unit, value, numerator, denominator } of kpis) {
    const links = page.locator(`[data-kpi=${key}] a`);
    await expect(links.first()).toBeVisible();
    const hrefs = await links.evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href));
    if (unit === 'count' && typeof value === 'number') hrefs.forEach((href) => expected.set(href, value));
    if (unit !== 'count' && typeof numerator === 'number' && typeof denominator === 'number') {
      // The value and the numerator lead to the same rows.
      expect(hrefs).toHaveLength(3);
      [numerator, numerator, denominator].forEach((rows, at) => expected.set(hrefs[at] ?? '', rows));
    }
  }
  for (const [panel, rows] of [
    ['proposals-by-status', proposalsByStatus],
    ['leads-by-status', leadsByStatus],
  ] as const) {
    for (const row of rows) {
      const link = page.locator(`[data-panel=${panel}] [data-status=${row.status}] a`);
      expected.set(await link.evaluate((each) => (each as HTMLAnchorElement).href), row.count);
    }
  }
  expect(expected.size).toBe(20);
  for (const [href, rows] of expected) expect(await rowsBehind(world, href), href).toBe(rows);
});

/** How many rows a list has under the filters of an address. */
async function rowsBehind(world: World, href: string): Promise<number | undefined> {
  const { pathname, searchParams } = new URL(href);
  const query: Record<string, unknown> = { count: true, limit: 1 };
  for (const [name, value] of searchParams) {
    if (name === 'status') query['status'] = JSON.parse(value);
    else if (name !== 'tz') query[name] = value;
  }
  const client = world.client();
  switch (pathname) {
    case '/users':
      return (await client.listUsers({ query })).page.total;
    case '/proposals':
      return (await client.listProposals({ query })).page.total;
    default:
      return (await client.listLeads({ query })).page.total;
  }
}

test('another period is in the address, and there after a reload', async ({ signedIn: page, world }) => {
  const { overview, charts } = await world
    .client()
    .getDashboard({ query: { period: '365d', tz: 'Asia/Tokyo' } });
  const users = overview.kpis.find(({ key }) => key === 'usersNew');
  await page.goto('/');
  await page.getByRole('button', { name: '365 days' }).click();
  await expect(page).toHaveURL(/period=365d/);
  await page.getByRole('button', { name: /^Time zone:/ }).click();
  await page.getByRole('combobox', { name: 'Search for a place' }).fill('tokyo');
  await page.getByRole('option', { name: 'Asia/Tokyo' }).click();
  await expect(page).toHaveURL(/tz=Asia(%2F|\/)Tokyo/);
  for (const again of [false, true]) {
    if (again) await page.reload();
    await expect(page.getByRole('button', { name: '365 days' })).toHaveAttribute('aria-pressed', 'true');
    await expect(page.locator('[data-kpi=usersNew] [data-value]')).toHaveText(count(Number(users?.value)));
    const slider = page.locator('[data-chart=users]').getByRole('slider');
    await expect(slider).toHaveAttribute('aria-valuemax', String(charts.buckets.length));
  }
});

test('an address that makes no sense is corrected', async ({ signedIn: page }) => {
  await page.goto('/?period=8d&tz=Mars/Olympus&page=%5B');
  await expect(page.getByRole('button', { name: '30 days' })).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByRole('button', { name: 'Time zone: Europe/Paris' })).toBeVisible();
  await expect(page.locator('[data-kpi=usersTotal] [data-value]')).toHaveText(/\d/);
});

test('a zone that only the browser knows is said, and left', async ({ signedIn: page, expectsFailures }) => {
  expectsFailures(/400 \(.*\/api\/v1\/metrics\/dashboard/);
  // Browsers take it for the name of a zone; the service has no such zone.
  await page.addInitScript(() => {
    const { DateTimeFormat } = Intl;
    Intl.DateTimeFormat = new Proxy(DateTimeFormat, {
      construct: (target, [locale, options]: [string, Intl.DateTimeFormatOptions | undefined]) =>
        new target(locale, options?.timeZone === 'Nowhere/Yet' ? { ...options, timeZone: 'UTC' } : options),
    });
  });
  await page.goto('/?tz=Nowhere/Yet');
  await expect(page.getByText('The service does not know the time zone Nowhere/Yet.').first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Time zone: Europe/Paris' })).toBeVisible();
  await expect(page.locator('[data-kpi=usersTotal] [data-value]')).toHaveText(/\d/);
});

test('a chart is gone through by keyboard', async ({ signedIn: page, world }) => {
  const { series } = (await read(world)).charts;
  const spoken = (at: number) =>
    LINES.leads
      .flatMap((key) => series.filter((each) => each.key === key))
      .map(
        ({ values, previousValues }) =>
          `: ${count(values.at(at) ?? -1)}, before ${count(previousValues.at(at) ?? -1)}`,
      );
  await page.goto('/');
  const chart = page.locator('[data-chart=leads]');
  const slider = chart.getByRole('slider');
  const said = async (at: number) => {
    for (const part of spoken(at)) await expect(slider).toHaveAttribute('aria-valuetext', new RegExp(part));
  };
  // By Tab, as somebody without a mouse gets there.
  await chart.getByRole('button', { name: 'Converted' }).focus();
  await page.keyboard.press('Tab');
  await expect(slider).toBeFocused();
  await said(-1);
  await expect(slider).toHaveAttribute('aria-valuetext', /not complete/);
  await page.keyboard.press('Home');
  await said(0);
  await page.keyboard.press('ArrowRight');
  await said(1);
  await expect(chart.getByText('Period before').nth(1)).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(chart.getByText('Period before')).toHaveCount(1);
});

test('a line can be hidden, and all of them', async ({ signedIn: page }) => {
  await page.goto('/');
  const chart = page.locator('[data-chart=proposals]');
  const [created, sent] = [
    chart.getByRole('button', { name: 'Created' }),
    chart.getByRole('button', { name: 'Sent' }),
  ];
  await created.click();
  await expect(created).toHaveAttribute('aria-pressed', 'false');
  await expect(chart.getByRole('slider')).not.toHaveAttribute('aria-valuetext', /Created/);
  await sent.click();
  await expect(chart.getByText('All lines are hidden')).toBeVisible();
  await created.click();
  await expect(chart.getByRole('slider')).toHaveAttribute('aria-valuetext', /Created/);
});

test('in French, numbers and words are French', async ({ visit, world }) => {
  const { kpis } = (await read(world)).overview;
  const page = await visit({ as: ADMIN, locale: 'fr-FR' });
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Tableau de bord');
  for (const kpi of kpis.filter(({ unit }) => unit !== 'money')) {
    await expect(page.locator(`[data-kpi=${kpi.key}] [data-value]`)).toHaveText(text(figure(kpi, 'fr')));
  }
});

for (const [look, options] of [
  ['wide and light', {}],
  ['dark', { colorScheme: 'dark' }],
  ['on a phone', { viewport: { width: 375, height: 812 }, hasTouch: true }],
] as const) {
  test(`${look}, everybody can use it, and the page does not scroll sideways`, async ({ visit }) => {
    const page = await visit({ as: ADMIN, ...options });
    await page.goto('/');
    await expect(page.locator('[data-chart=users]').getByRole('slider')).toBeVisible();
    await expectNoSidewaysScroll(page);
    await audit(page);
    for (const toggle of await page.getByRole('button', { name: 'Table' }).all()) await toggle.click();
    await expect(page.locator('[data-chart] table')).toHaveCount(3);
    await expectNoSidewaysScroll(page);
    await audit(page);
  });
}

async function expectNoSidewaysScroll(page: Page): Promise<void> {
  await expect
    .poll(() =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
    )
    .toBeLessThanOrEqual(0);
}
