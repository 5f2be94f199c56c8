/** Signing in and out, sessions that end while somebody works, and links by which a password is set. */

import { ADMIN, expect, type Page, test } from './support/test';

// Sessions are ended here: nobody else's.
test.use({ worldName: 'session' });

async function signInByHand(page: Page, password = ADMIN.password): Promise<void> {
  await page.getByLabel('E-mail address').fill(ADMIN.email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('a deep link leads to sign-in, and from there to where it was to lead', async ({ page }) => {
  await page.goto('/leads?status=new');
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await signInByHand(page);
  await expect(page).toHaveURL(/\/leads\?status=/);
  await expect(page.getByRole('heading', { level: 1, name: 'Leads' })).toBeVisible();
});

test('a wrong password and an empty field are told, and the right one lets in', async ({
  page,
  expectsFailures,
}) => {
  expectsFailures(/401/);
  await page.goto('/sign-in');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('This is needed.')).toHaveCount(2);
  await expect(page.getByLabel('E-mail address')).toBeFocused();
  await signInByHand(page, 'wrong horse battery staple');
  await expect(page.getByRole('alert')).toHaveText('The e-mail address or the password is wrong.');
  await signInByHand(page);
  await expect(page.getByRole('heading', { level: 1, name: 'Dashboard' })).toBeVisible();
});

test('whoever signs out is asked to sign in', async ({ signedIn }) => {
  await signedIn.goto('/account');
  await signedIn.getByRole('main').getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(signedIn).toHaveURL(/\/sign-in/);
  await signedIn.goto('/cache');
  await expect(signedIn).toHaveURL(/\/sign-in\?next=/);
});

test('a session that ends mid-use leads to sign-in and back to the same place', async ({
  signedIn,
  visit,
  world,
  expectsFailures,
}) => {
  expectsFailures();
  await signedIn.goto('/audit?actorKind=operator');
  await expect(signedIn.getByRole('cell', { name: /^The operator/ }).first()).toBeVisible();
  const elsewhere = await visit({ as: ADMIN });
  const answer = await elsewhere
    .context()
    .request.delete('/api/v1/session?everywhere=true', { headers: { Origin: world.a.url } });
  expect(answer.status()).toBe(204);
  // The page may have heard of it by itself; else it does when it asks for something.
  const filter = signedIn.getByLabel('About');
  await expect(filter.or(signedIn.getByText('Your session has ended.')).first()).toBeVisible();
  if (await filter.isVisible()) await filter.selectOption('user', { timeout: 5_000 }).catch(() => undefined);
  await expect(signedIn).toHaveURL(/\/sign-in\?next=.*reason=expired/);
  await expect(signedIn.getByText('Your session has ended.')).toBeVisible();
  await signInByHand(signedIn);
  await expect(signedIn).toHaveURL(/\/audit\?.*actorKind=operator/);
});
