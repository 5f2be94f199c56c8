/** How new the numbers are is said on every card; trouble is said, and takes no numbers away. */

import { expect, type Page, test } from './support/test';

test.use({ worldName: 'freshness' });

const DASHBOARD = '**/api/v1/metrics/dashboard**';
const PARTS = ['overview', 'charts', 'recentUsers', 'recentProposals'] as const;

function freshness(page: Page, part: (typeof PARTS)[number]) {
  return page.locator(`[data-part=${part}]`).first();
}

/** Has the answers of the dashboard say something else of where they came from. */
async function answersSay(page: Page, cacheStatus: string, age = '12'): Promise<void> {
  await page.route(DASHBOARD, async (route) => {
    const response = await route.fetch();
    await route.fulfill({
      response,
      headers: { ...response.headers(), 'cache-status': cacheStatus, age },
    });
  });
}

test('each card says what the answer’s headers say of its part', async ({ signedIn: page }) => {
  await answersSay(
    page,
    'l1; fwd=miss; key=overview, l2; hit; ttl=51; key=overview, l1; hit; ttl=57; key=charts, ' +
      'l1; fwd=stale; key=recentUsers, l2; fwd=miss; key=recentUsers, ' +
      'l1; hit; ttl=-12; detail=stale-if-error; key=recentProposals',
  );
  await page.goto('/');
  await expect(page.locator('[data-part=overview][data-origin=l2]')).toHaveCount(13);
  await expect(page.locator('[data-part=charts][data-origin=l1]')).toHaveCount(3);
  await expect(freshness(page, 'overview')).toHaveText(/Updated \d+ (s|min) ago · cached L2/);
  await expect(freshness(page, 'charts')).toContainText('cached L1');
  await expect(freshness(page, 'recentUsers')).toContainText('live');
  await expect(freshness(page, 'recentProposals')).toContainText('stale');
  await freshness(page, 'recentProposals').click();
  await expect(page.getByRole('dialog')).toContainText('the last good numbers are shown');
});

test('the age counts on by itself', async ({ signedIn: page }) => {
  await answersSay(page, 'l1; hit; ttl=40; key=dashboard');
  await page.goto('/');
  const seconds = async () => Number(/\d+/.exec(await freshness(page, 'overview').innerText())?.[0]);
  const before = await seconds();
  await expect.poll(seconds).toBeGreaterThan(before);
});

test('who may has the numbers recomputed, and sees that they were', async ({ signedIn: page }) => {
  await page.goto('/');
  await expect(freshness(page, 'overview')).toBeVisible();
  await page.getByRole('button', { name: 'Recompute' }).click();
  await expect(page.getByText('Recomputed just now').first()).toBeVisible();
  for (const part of PARTS) await expect(freshness(page, part)).toContainText('live');
  await page.reload();
  await expect(freshness(page, 'overview')).toContainText('cached L1');
});

test('a recomputation that fails says why, and takes nothing away', async ({
  signedIn: page,
  expectsFailures,
}) => {
  expectsFailures();
  await page.route('**/api/v1/metrics/refresh**', (route) => route.abort());
  await page.goto('/');
  const value = page.locator('[data-kpi=usersTotal] [data-value]');
  await expect(value).toHaveText(/\d/);
  await page.getByRole('button', { name: 'Recompute' }).click();
  await expect(page.getByText('The numbers could not be recomputed').first()).toBeVisible();
  await expect(value).toHaveText(/\d/);
});

test('a viewer reads again; where that fails, the old numbers stay and say so', async ({
  viewer: page,
  expectsFailures,
}) => {
  expectsFailures();
  await page.goto('/');
  const value = page.locator('[data-kpi=usersTotal] [data-value]');
  await expect(value).toHaveText(/\d/);
  const refresh = page.getByRole('button', { name: 'Refresh' });
  await refresh.click();
  await expect(page.getByText('Read again just now').first()).toBeVisible();
  await page.route(DASHBOARD, (route) => route.abort());
  await refresh.click();
  await expect(page.getByText('The numbers could not be read again').first()).toBeVisible();
  await expect(page.getByText(/^Could not be read again: what is shown was read/)).toBeVisible();
  await expect(freshness(page, 'overview')).toContainText('not updated');
  await expect(value).toHaveText(/\d/);
  await page.unroute(DASHBOARD);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(freshness(page, 'overview')).not.toContainText('not updated');
});

test('where nothing can be read, that is said once, and tried again on request', async ({
  signedIn: page,
  expectsFailures,
}) => {
  expectsFailures();
  await page.route(DASHBOARD, (route) => route.abort());
  await page.goto('/');
  await expect(page.getByRole('alert')).toHaveCount(1);
  await expect(page.locator('[data-kpi]')).toHaveCount(0);
  await page.unroute(DASHBOARD);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.locator('[data-kpi=usersTotal] [data-value]')).toHaveText(/\d/);
});

test('numbers that cannot be computed anew are kept, marked as stale, until they can', async ({
  viewer: page,
  world,
  expectsFailures,
}) => {
  expectsFailures();
  // Whoever was told of a change never gets what was before it, so this page is not told.
  await page.route('**/api/v1/events', (route) => route.abort());
  await page.goto('/');
  const value = page.locator('[data-kpi=leadsNew] [data-value]');
  const refresh = page.getByRole('button', { name: 'Refresh' });
  await expect(value).toHaveText(/\d/);
  const before = await value.innerText();
  await world.database.query('ALTER TABLE leads RENAME TO leads_away');
  try {
    await world.client().createInvalidation({ body: { tags: ['all'] } });
    await refresh.click();
    await expect(freshness(page, 'overview')).toContainText('stale');
    await expect(value).toHaveText(before);
  } finally {
    await world.database.query('ALTER TABLE leads_away RENAME TO leads');
  }
  await world.client().createInvalidation({ body: { tags: ['all'] } });
  await expect(async () => {
    await refresh.click();
    await expect(page.locator('[data-origin=stale]')).toHaveCount(0, { timeout: 5_000 });
  }).toPass();
});

test('a shared cache that is away is said, takes no numbers away, and is noticed when it is back', async ({
  signedIn: page,
  world,
}) => {
  await page.goto('/');
  const value = page.locator('[data-kpi=usersTotal] [data-value]');
  await expect(value).toHaveText(/\d/);
  const before = await value.innerText();
  const badge = page.getByRole('button', { name: 'Shared cache away' });
  await world.redis.kill();
  // The service notices with the next thing that it wants of it.
  await page.getByRole('button', { name: 'Recompute' }).click();
  await expect(page.getByText('Recomputed just now').first()).toBeVisible();
  await expect(badge).toBeVisible();
  await expect(value).toHaveText(before);
  await world.redis.start();
  await expect(badge).toBeHidden();
  await expect(value).toHaveText(before);
});
