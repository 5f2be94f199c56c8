/** Many rows moved at once: all, or none, with what became of each. */

import { newName, openList, rowOf, rowsOf } from './support/lists';
import { expect, test, type World } from './support/test';

test.use({ worldName: 'bulk' });

test('all rows of a page move together, to what all of them may move to', async ({ signedIn, world }) => {
  const name = newName('Bulk');
  const ids = await leads(world, name, ['new', 'contacted', 'lost']);
  await openList(signedIn, `/leads?q=${encodeURIComponent(name)}`);
  await signedIn.getByRole('checkbox', { name: 'Choose all rows on this page' }).check();
  const bar = signedIn.getByRole('region', { name: 'Chosen rows' });
  await expect(bar).toContainText('3 rows chosen');
  await bar.getByRole('button', { name: 'Move to…' }).click();
  await expect(signedIn.getByRole('menuitem')).toHaveText(['Lost']);
  await signedIn.getByRole('menuitem', { name: 'Lost' }).click();
  const result = signedIn.getByRole('dialog', { name: 'What became of the rows' });
  await expect(result.getByText('Moved', { exact: true })).toHaveCount(2);
  await expect(result.getByText('Had it already')).toHaveCount(1);
  await result.getByRole('button', { name: 'Close' }).last().click();
  await expect(bar).toBeHidden();
  for (const id of ids) {
    await expect(rowOf(signedIn, id)).toContainText('Lost');
    expect(await world.client().getLead({ path: { id } })).toMatchObject({ status: 'lost' });
  }
});

test('rows that may not move together are offered nothing', async ({ signedIn, world }) => {
  const name = newName('Apart');
  await leads(world, name, ['converted', 'lost']);
  await openList(signedIn, `/leads?q=${encodeURIComponent(name)}`);
  await signedIn.getByRole('checkbox', { name: 'Choose all rows on this page' }).check();
  await expect(signedIn.getByText('There is no status that all of them may move to.')).toBeVisible();
});

test('where one may not move any more, none does, and the others can go on without it', async ({
  signedIn,
  world,
  expectsFailures,
}) => {
  expectsFailures();
  const name = newName('Refused');
  const [kept, ...others] = await leads(world, name, ['new', 'new', 'new']);
  // The list does not hear of what the other one does.
  await signedIn.route('**/api/v1/events', (route) => route.abort());
  await openList(signedIn, `/leads?q=${encodeURIComponent(name)}`);
  await expect(rowsOf(signedIn)).toHaveCount(3);
  await signedIn.getByRole('checkbox', { name: 'Choose all rows on this page' }).check();
  await world.client().updateLead({ path: { id: kept ?? '' }, body: { status: 'converted' } });
  await signedIn.getByRole('button', { name: 'Move to…' }).click();
  await signedIn.getByRole('menuitem', { name: 'Contacted' }).click();
  const refusal = signedIn.getByRole('dialog', { name: 'Nothing was moved' });
  await expect(refusal.getByText('May not move there')).toHaveCount(1);
  await refusal.getByRole('button', { name: 'Move the others' }).click();
  for (const id of others) await expect(rowOf(signedIn, id)).toContainText('Contacted');
  await expect(rowOf(signedIn, kept ?? '')).toContainText('Converted');
});

/** Makes leads called `name`, with these statuses. */
async function leads(
  world: World,
  name: string,
  statuses: readonly ('new' | 'contacted' | 'converted' | 'lost')[],
): Promise<string[]> {
  const client = world.client();
  const { items } = await client.listProposals({ query: { limit: 1 } });
  const ids: string[] = [];
  for (const [index, status] of statuses.entries()) {
    const body = { proposalId: items[0]?.id ?? '', name: `${name} ${index}`, email: 'bulk@example.org' };
    const { id } = await client.createLead({ body });
    if (status !== 'new') await client.updateLead({ path: { id }, body: { status } });
    ids.push(id);
  }
  return ids;
}
