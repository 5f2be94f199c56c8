/** The cache page: what it says of the cache in good and bad times, and what an invalidation does. */

import { ADMIN, expect, test, VIEWER } from './support/test';

// Redis is killed here.
test.use({ worldName: 'cache' });

test('an invalidation is applied, and its effect seen', async ({ signedIn, world }) => {
  await signedIn.goto('/cache');
  await expect(signedIn.getByText('All is well')).toBeVisible();
  const before = await world.client().getCacheStats();
  await signedIn.getByRole('button', { name: 'Invalidate: Leads' }).click();
  await signedIn.getByRole('alertdialog').getByRole('button', { name: 'Invalidate' }).click();
  await expect(signedIn.getByText('Leads: invalidated')).toBeVisible();
  await expect(signedIn.getByText('The version is a new one.')).toBeVisible();
  const after = await world.client().getCacheStats();
  expect(after.instance.tagVersions['leads']).toBeGreaterThan(before.instance.tagVersions['leads'] ?? 0);
  await expect(signedIn.getByText(String(after.instance.tagVersions['leads']))).toBeVisible();
});

test('Redis that is gone is told, and that it is back', async ({ signedIn, world }) => {
  await world.client().getDashboard();
  await signedIn.goto('/cache');
  await expect(signedIn.getByText('All is well')).toBeVisible();
  await world.redis.kill();
  await expect(signedIn.getByText('Redis cannot be reached.', { exact: true })).toBeVisible();
  await signedIn.getByRole('button', { name: 'Invalidate: Users' }).click();
  await signedIn.getByRole('alertdialog').getByRole('button', { name: 'Invalidate' }).click();
  await expect(signedIn.getByText('Users: invalidated here, waiting for Redis')).toBeVisible();
  await world.redis.start();
  await expect(signedIn.getByText('All is well')).toBeVisible({ timeout: 120_000 });
});

test('a viewer looks, in French, and invalidates nothing', async ({ visit }) => {
  const page = await visit({ as: VIEWER, locale: 'fr-FR', colorScheme: 'dark' });
  await page.goto('/cache');
  await expect(page.getByRole('heading', { name: 'Versions des données' })).toBeVisible();
  await expect(page.getByText('Seuls les administrateurs peuvent invalider')).toBeVisible();
  await expect(page.getByRole('button', { name: /Invalider/ })).toHaveCount(0);
});

test('without a Redis the page says that memory is all there is', async ({ visit, world }) => {
  const alone = await world.another({ REDIS_URL: '' });
  try {
    const page = await visit({ as: ADMIN, from: alone });
    await page.goto('/cache');
    await expect(page.getByText('Memory only')).toBeVisible();
  } finally {
    await alone.stop();
  }
});
