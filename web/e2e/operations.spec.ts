/** The audit log and the tokens: what administrators do there, and that nobody else can. */

import { createMetricsClient } from '@admin-metrics/client';

import { expect, test } from './support/test';

test('a token is made, shown once, works, and is revoked; the log tells of it', async ({
  signedIn,
  world,
}) => {
  await signedIn.goto('/tokens');
  await signedIn.getByRole('button', { name: 'Create token' }).click();
  const dialog = signedIn.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Create token' }).click();
  await expect(dialog.getByText('This is needed.')).toBeVisible();
  await dialog.getByLabel('Name').fill('From a browser');
  await dialog.getByRole('button', { name: 'Create token' }).click();
  const token = await dialog.locator('code').first().textContent();
  const machine = createMetricsClient({ baseUrl: world.a.url, token: token ?? '' });
  expect((await machine.getOverview()).kpis.length).toBeGreaterThan(0);
  await dialog.getByRole('button', { name: 'I have it' }).click();

  await signedIn.getByRole('button', { name: 'Revoke From a browser' }).click();
  await signedIn.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
  await expect(signedIn.getByRole('row', { name: /From a browser/ })).toContainText('Revoked');
  await expect(machine.getOverview()).rejects.toMatchObject({ status: 401 });

  await signedIn.goto('/audit?action=apiToken.revoked');
  await expect(signedIn.getByRole('row', { name: /revoked the token “From a browser”/ })).toBeVisible();
});

test('the log leads to the row that an entry is about', async ({ signedIn, world }) => {
  const user = await world.client().createUser({
    body: { email: 'grace@example.org', displayName: 'Grace Hopper' },
  });
  await signedIn.goto(`/audit?subjectId=${user.id}`);
  await signedIn
    .getByRole('button', { name: /^Details of the entry/ })
    .first()
    .click();
  await expect(signedIn.getByText(user.id).first()).toBeVisible();
  await signedIn.getByRole('link', { name: /^user …/ }).click();
  await expect(signedIn).toHaveURL(new RegExp(`/users\\?row=${user.id}`));
  await expect(signedIn.getByText('Grace Hopper').first()).toBeVisible();
});

test('a viewer is told that the pages are not for their role', async ({ viewer }) => {
  for (const path of ['/audit', '/tokens']) {
    await viewer.goto(path);
    await expect(viewer.getByText('Your role does not allow this')).toBeVisible();
  }
});
