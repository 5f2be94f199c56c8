/** Making, changing, moving and deleting rows; two who change the same one. */

import { act, holdUndo, newName, openList, panelOf, rowOf, totalOf } from './support/lists';
import { ADMIN, expect, type Page, test, type World } from './support/test';

test.use({ worldName: 'editing' });

test('a user is made with the keyboard alone', async ({ signedIn, world }) => {
  const name = newName('Keyboard');
  await openList(signedIn, '/users');
  const create = signedIn.getByRole('button', { name: 'New user' });
  await tabTo(signedIn, 'New user');
  await expect(create).toBeFocused();
  await signedIn.keyboard.press('Enter');
  const field = panelOf(signedIn).getByRole('textbox', { name: 'Name' });
  await expect(field).toBeVisible();
  while (!(await field.evaluate((input) => input === document.activeElement))) {
    await signedIn.keyboard.press('Tab');
  }
  await signedIn.keyboard.type(name);
  await signedIn.keyboard.press('Tab');
  await signedIn.keyboard.type(`${name.replace(' ', '.')}@example.org`);
  await signedIn.keyboard.press('Enter');
  await expect(panelOf(signedIn).getByRole('heading', { name })).toBeVisible();
  const { items } = await world.client().listUsers({ query: { q: name } });
  expect(items).toMatchObject([{ displayName: name, role: 'user', status: 'invited' }]);
});

test('what is wrong is told at its field, and what is typed stays', async ({ signedIn, expectsFailures }) => {
  expectsFailures();
  await signedIn.goto('/users?form=new');
  const panel = panelOf(signedIn);
  await panel.getByRole('button', { name: 'Create' }).click();
  await expect(panel.getByRole('textbox', { name: 'Name' })).toHaveAccessibleDescription('This is needed.');
  await panel.getByRole('textbox', { name: 'Name' }).fill('Somebody Else');
  const email = panel.getByRole('textbox', { name: 'E-mail address' });
  await email.fill('not an address');
  await panel.getByRole('button', { name: 'Create' }).click();
  await expect(email).toHaveAccessibleDescription(/expected an e-mail address/);
  await email.fill(ADMIN.email);
  await panel.getByRole('button', { name: 'Create' }).click();
  await expect(email).toHaveAccessibleDescription(/e-mail/);
  await expect(panel.getByRole('textbox', { name: 'Name' })).toHaveValue('Somebody Else');

  // Nothing typed is lost unasked.
  await signedIn.keyboard.press('Escape');
  await signedIn.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();
  await expect(email).toHaveValue(ADMIN.email);
  await panel.getByRole('button', { name: 'Cancel' }).click();
  await signedIn.getByRole('alertdialog').getByRole('button', { name: 'Discard' }).click();
  await expect(panel).toBeHidden();
});

test('a proposal is made for an owner that is searched, its amount in the currency, and moved', async ({
  signedIn,
  world,
}) => {
  const title = newName('Roof');
  await signedIn.goto('/proposals?form=new');
  const panel = panelOf(signedIn);
  await panel.getByRole('textbox', { name: 'Title' }).fill(title);
  await panel.getByRole('textbox', { name: 'Client' }).fill('Somebody');
  await panel.getByRole('combobox', { name: 'Owner' }).fill(ADMIN.email);
  await signedIn.getByRole('option', { name: new RegExp(ADMIN.displayName) }).click();
  await panel.getByRole('textbox', { name: 'Amount' }).fill('12.345');
  await panel.getByRole('button', { name: 'Create' }).click();
  await expect(panel.getByRole('textbox', { name: 'Amount' })).toHaveAccessibleDescription(
    'EUR has 2 decimals.',
  );
  // What is wrong in one field may be put right in another.
  await panel.getByRole('combobox', { name: 'Currency' }).selectOption('KWD');
  await panel.getByRole('button', { name: 'Create' }).click();
  await expect(panel.getByRole('heading', { name: title })).toBeVisible();
  const read = async () => (await world.client().listProposals({ query: { q: title } })).items[0];
  expect(await read()).toMatchObject({ amountMinor: 12_345, currency: 'KWD', status: 'draft' });

  await panel.getByRole('button', { name: 'Move to…' }).click();
  await expect(signedIn.getByRole('menuitem')).toHaveText(['Move to Sent']);
  await signedIn.getByRole('menuitem', { name: 'Move to Sent' }).click();
  await expect(panel.getByText('Sent', { exact: true }).first()).toBeVisible();
  await expect.poll(async () => (await read())?.status).toBe('sent');
});

test('who saves second sees what was changed, and keeps theirs or takes the other', async ({
  visit,
  world,
  expectsFailures,
}) => {
  expectsFailures();
  const { id } = await proposal(world, newName('Contested'));
  const [one, other] = [await visit({ as: ADMIN }), await visit({ as: ADMIN, from: world.b })];
  const edit = async (page: Page) => {
    await page.goto(`/proposals?row=${id}&form=edit`);
    await expect(panelOf(page).getByRole('textbox', { name: 'Title' })).toBeVisible();
  };
  const save = async (page: Page, title: string, client?: string) => {
    await panelOf(page).getByRole('textbox', { name: 'Title' }).fill(title);
    if (client !== undefined) await panelOf(page).getByRole('textbox', { name: 'Client' }).fill(client);
    await panelOf(page).getByRole('button', { name: 'Save' }).click();
  };
  await edit(one);
  await edit(other);
  await save(one, 'Theirs', 'Their client');
  await expect(panelOf(one).getByRole('heading', { name: 'Theirs' })).toBeVisible();
  // The list and the row behind the form are read anew: the form stays as it is.
  await save(other, 'Mine');
  const conflict = panelOf(other);
  await expect(conflict.getByRole('alert')).toContainText('Somebody else has changed this meanwhile');
  await expect(conflict.locator('tr[data-field="title"] td').nth(1)).toHaveText('Theirs');
  await expect(conflict.locator('tr[data-field="title"] td').nth(2)).toHaveText('Mine');
  await expect(conflict.locator('tr[data-field="clientName"] td').nth(1)).toHaveText('Their client');
  await conflict.getByRole('button', { name: 'Back to the form' }).click();
  await expect(conflict.getByRole('textbox', { name: 'Title' })).toHaveValue('Mine');
  await conflict.getByRole('button', { name: 'Save' }).click();
  await conflict.getByRole('button', { name: 'Keep mine' }).click();
  await expect(panelOf(other).getByRole('heading', { name: 'Mine' })).toBeVisible();
  const kept = await world.client().getProposal({ path: { id } });
  expect(kept).toMatchObject({ title: 'Mine', clientName: 'Their client' });

  await edit(other);
  await edit(one);
  await save(one, 'Theirs again');
  await expect(panelOf(one).getByRole('heading', { name: 'Theirs again' })).toBeVisible();
  await save(other, 'Mine again');
  await conflict.getByRole('button', { name: 'Take theirs' }).click();
  await expect(panelOf(other).getByRole('heading', { name: 'Theirs again' })).toBeVisible();

  await edit(other);
  await world.client().deleteProposal({ path: { id } });
  await save(other, 'Too late');
  await expect(panelOf(other).getByRole('alert')).toContainText('Somebody else has deleted this');
});

test('a deletion can be taken back; else it is done, with what hangs below', async ({ signedIn, world }) => {
  const { id, title } = await proposal(world, newName('Deleted'));
  const { id: leadId } = await world
    .client()
    .createLead({ body: { proposalId: id, name: 'Below', email: 'below@example.org' } });
  const undoIsOver = await holdUndo(signedIn);
  await openList(signedIn, `/proposals?q=${encodeURIComponent(title)}`);
  await act(signedIn, id, 'Delete');
  await expect(rowOf(signedIn, id)).toBeHidden();
  await expect(totalOf(signedIn)).toHaveAttribute('data-total', '0');
  await signedIn.getByRole('button', { name: 'Undo' }).click();
  await expect(rowOf(signedIn, id)).toBeVisible();

  await act(signedIn, id, 'Delete');
  await expect(signedIn.getByText('with all its leads')).toBeVisible();
  await expect(rowOf(signedIn, id)).toBeHidden();
  await undoIsOver();
  await expect(signedIn.getByRole('button', { name: 'Undo' })).toBeHidden();
  await expect.poll(() => statusOf(() => world.client().getProposal({ path: { id } }))).toBe(404);
  expect(await statusOf(() => world.client().getLead({ path: { id: leadId } }))).toBe(404);
  await expect(rowOf(signedIn, id)).toBeHidden();
});

test('who leaves the page has deleted; who goes to another page of it can still take it back', async ({
  signedIn,
  world,
}) => {
  const [kept, gone] = [await proposal(world, newName('Kept')), await proposal(world, newName('Left'))];
  await holdUndo(signedIn);
  await openList(signedIn, '/proposals');
  await act(signedIn, kept.id, 'Delete');
  await signedIn.getByRole('link', { name: 'Users' }).click();
  await signedIn.getByRole('button', { name: 'Undo' }).click();
  await signedIn.goto('/proposals');
  await act(signedIn, gone.id, 'Delete');
  await expect(rowOf(signedIn, gone.id)).toBeHidden();
  await signedIn.goto('about:blank');
  await expect.poll(() => statusOf(() => world.client().getProposal({ path: { id: gone.id } }))).toBe(404);
  expect(await statusOf(() => world.client().getProposal({ path: { id: kept.id } }))).toBe(200);
});

test('a deletion that is refused brings the row back with the reason', async ({
  signedIn,
  world,
  expectsFailures,
}) => {
  expectsFailures();
  const { id, title } = await proposal(world, newName('Changed'));
  const undoIsOver = await holdUndo(signedIn);
  await openList(signedIn, `/proposals?q=${encodeURIComponent(title)}`);
  await act(signedIn, id, 'Delete');
  await expect(rowOf(signedIn, id)).toBeHidden();
  await world.client().updateProposal({ path: { id }, body: { clientName: 'Somebody new' } });
  await undoIsOver();
  await expect(signedIn.getByText(`${title} was not deleted`).first()).toBeVisible();
  await expect(rowOf(signedIn, id)).toContainText('Somebody new');
});

test('a deletion that somebody else was faster with is done', async ({
  signedIn,
  world,
  expectsFailures,
}) => {
  expectsFailures();
  const { id, title } = await proposal(world, newName('Faster'));
  const undoIsOver = await holdUndo(signedIn);
  await openList(signedIn, `/proposals?q=${encodeURIComponent(title)}`);
  await act(signedIn, id, 'Delete');
  await expect(rowOf(signedIn, id)).toBeHidden();
  await world.client().deleteProposal({ path: { id } });
  await undoIsOver();
  await expect(signedIn.getByText(`${title} had been deleted already`).first()).toBeVisible();
  await expect(totalOf(signedIn)).toHaveAttribute('data-total', '0');
});

test('who signs out has deleted', async ({ signedIn, world }) => {
  const { id, title } = await proposal(world, newName('Last'));
  await holdUndo(signedIn);
  await openList(signedIn, `/proposals?q=${encodeURIComponent(title)}`);
  await act(signedIn, id, 'Delete');
  await expect(rowOf(signedIn, id)).toBeHidden();
  await signedIn.getByRole('button', { name: /: account$/ }).click();
  await signedIn.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(signedIn).toHaveURL(/sign-in/);
  expect(await statusOf(() => world.client().getProposal({ path: { id } }))).toBe(404);
});

test('a sign-in link lets a user in', async ({ signedIn, visit, world }) => {
  const name = newName('Invited');
  const email = `${name.replace(' ', '.').toLowerCase()}@example.org`;
  const { id } = await world.client().createUser({ body: { displayName: name, email, role: 'viewer' } });
  await signedIn.goto(`/users?row=${id}`);
  await panelOf(signedIn).getByRole('button', { name: 'Sign-in link…' }).click();
  await signedIn.getByRole('button', { name: 'Make the link' }).click();
  const link = await signedIn.getByRole('textbox', { name: 'Link' }).inputValue();
  const page = await visit();
  await page.goto(link);
  await page.getByLabel('New password').fill('a password of some length');
  await page.getByLabel('The same once more').fill('a password of some length');
  await page.getByRole('button', { name: 'Set password' }).click();
  await expect.poll(async () => (await world.client().getUser({ path: { id } })).status).toBe('active');
});

test('the last administrator stays one', async ({ signedIn, world, expectsFailures }) => {
  expectsFailures();
  for await (const { id, email } of world.client().each('listUsers', { query: { role: 'admin' } })) {
    if (email !== ADMIN.email) await world.client().updateUser({ path: { id }, body: { role: 'viewer' } });
  }
  const { items } = await world.client().listUsers({ query: { q: ADMIN.email } });
  await signedIn.goto(`/users?row=${items[0]?.id ?? ''}&form=edit`);
  await panelOf(signedIn).getByRole('combobox', { name: 'Role' }).selectOption('viewer');
  await panelOf(signedIn).getByRole('button', { name: 'Save' }).click();
  await expect(panelOf(signedIn).getByRole('alert')).toContainText('no active administrator');
});

async function proposal(world: World, title: string) {
  const { items } = await world.client().listUsers({ query: { limit: 1 } });
  const body = { title, clientName: 'Client', amountMinor: 100, currency: 'EUR' as const };
  return world.client().createProposal({ body: { ...body, userId: items[0]?.id ?? '' } });
}

async function statusOf(call: () => Promise<unknown>): Promise<number> {
  try {
    await call();
    return 200;
  } catch (error) {
    return (error as { status: number }).status;
  }
}

async function tabTo(page: Page, name: string): Promise<void> {
  const focused = () => page.evaluate(() => document.activeElement?.textContent);
  while ((await focused()) !== name) await page.keyboard.press('Tab');
}
