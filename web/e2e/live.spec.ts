/** Changes are seen as they happen, by one connection a browser; where there is none, by asking now and then. */

import type { MetricsClient } from '@admin-metrics/client';

import { ADMIN, expect, type Page, test } from './support/test';

test.use({ worldName: 'live' });

const EVENTS = '**/api/v1/events';

/** Creates a user that nobody else creates. */
async function createUser(client: MetricsClient, name: string): Promise<void> {
  await client.createUser({ body: { displayName: name, email: `${crypto.randomUUID()}@example.org` } });
}

function newest(page: Page) {
  return page.locator('[data-panel=recent-users] tbody a').first();
}

async function isLive(page: Page): Promise<void> {
  await expect(page.locator('[data-live=live]')).toBeVisible();
}

/** Counts the streams that the pages of a browser open. */
function countStreams(page: Page): () => number {
  let opened = 0;
  page.context().on('request', (request) => {
    if (new URL(request.url()).pathname === '/api/v1/events') opened += 1;
  });
  return () => opened;
}

test('an edit in one browser is seen in another, on another instance', async ({ signedIn, visit, world }) => {
  const other = await visit({ as: ADMIN, from: world.b });
  await other.goto('/');
  await isLive(other);
  const total = other.locator('[data-kpi=usersTotal] [data-value]');
  const before = Number((await total.innerText()).replaceAll(',', ''));

  await signedIn.goto('/');
  await isLive(signedIn);
  await signedIn.evaluate(async () => {
    const answer = await fetch('/api/v1/users', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ displayName: 'Seen Elsewhere', email: 'seen.elsewhere@example.org' }),
    });
    if (!answer.ok) throw new Error(await answer.text());
  });
  for (const page of [other, signedIn]) {
    await expect(newest(page)).toHaveText('Seen Elsewhere');
    await expect(page.locator('[data-kpi=usersTotal] [data-value]')).toHaveText(
      (before + 1).toLocaleString('en'),
    );
  }
});

test('what an event makes old is read without keeping the session alive', async ({
  signedIn: page,
  world,
}) => {
  await page.goto('/');
  await isLive(page);
  await expect(newest(page)).toBeVisible();
  const reading = page.waitForRequest(
    (request) =>
      request.url().includes('/api/v1/metrics/dashboard') && request.headers()['x-background'] === 'true',
  );
  await createUser(world.client(), 'Read Quietly');
  await reading;
  await expect(newest(page)).toHaveText('Read Quietly');
});

test('the tabs of a browser share one connection, and another takes it over', async ({
  signedIn: first,
  world,
}) => {
  const streams = countStreams(first);
  await first.goto('/');
  await isLive(first);
  const second = await first.context().newPage();
  await second.goto('/');
  await isLive(second);
  expect(streams()).toBe(1);
  await createUser(world.client(), 'Told Twice');
  for (const page of [first, second]) await expect(newest(page)).toHaveText('Told Twice');
  expect(streams()).toBe(1);

  await first.close();
  await expect.poll(streams).toBe(2);
  await createUser(world.client(world.b), 'Told By Another');
  await expect(newest(second)).toHaveText('Told By Another');
  await isLive(second);
});

test('where the service tells of nothing, the page asks, and hears again later', async ({
  signedIn: page,
  world,
  expectsFailures,
}) => {
  expectsFailures(/503 \(.*\/api\/v1\/events/);
  await page.route(EVENTS, (route) =>
    route.fulfill({
      status: 503,
      contentType: 'application/problem+json',
      headers: { 'Retry-After': '1' },
      body: JSON.stringify({
        type: 'urn:problem-type:admin-metrics:unavailable',
        title: 'Too many streams',
        status: 503,
        detail: 'none is free',
        instance: '/api/v1/events',
        requestId: 'e2e',
      }),
    }),
  );
  await page.goto('/');
  await expect(page.locator('[data-live=polling]')).toHaveText('Checking every 30 s');
  await expect(newest(page)).toBeVisible();
  await createUser(world.client(), 'Asked For');
  await expect(newest(page)).toHaveText('Asked For');
  await page.unroute(EVENTS);
  await isLive(page);
});

test('an instance that goes away is noticed, and so is that it is back', async ({
  signedIn: page,
  world,
  expectsFailures,
}) => {
  expectsFailures();
  await page.goto('/');
  await isLive(page);
  await expect(newest(page)).toBeVisible();
  await world.a.stop();
  await expect(page.locator('[data-live=reconnecting], [data-live=polling]')).toBeVisible();
  await createUser(world.client(world.b), 'Meanwhile');
  await world.a.start();
  await isLive(page);
  await expect(newest(page)).toHaveText('Meanwhile');
});

test('whose session ends is asked to sign in, and is back where they were', async ({
  signedIn: page,
  expectsFailures,
}) => {
  expectsFailures(/401 \(/);
  await page.goto('/?period=7d');
  await isLive(page);
  // As from another device: this page is told by the service only.
  const answer = await page.context().request.delete('/api/v1/session?everywhere=true', {
    headers: { 'Sec-Fetch-Site': 'same-origin' },
  });
  expect(answer.status()).toBe(204);
  await expect(page).toHaveURL(/\/sign-in\?/);
  await page.getByLabel('E-mail address').fill(ADMIN.email);
  await page.getByLabel('Password').fill(ADMIN.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/\?period=7d/);
  await isLive(page);
});
