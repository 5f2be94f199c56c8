/** How the pages come to a browser: every path of theirs leads to them, however it is reached. */

import { expect, test } from './support/test';

test('a path that is nothing shows the page that says so, in the browser of who is signed in', async ({
  signedIn,
}) => {
  const answer = await signedIn.goto('/no/such/page');
  expect(answer?.status()).toBe(200);
  await expect(signedIn.getByRole('heading', { level: 1 })).toBeVisible();
});
