/** Lists: filters, search, pages, the panel of a row, export. */

import { openList, panelOf, rowOf, rowsOf, totalOf } from './support/lists';
import { audit, expect, test } from './support/test';

test.use({ worldName: 'rows' });

test('paging shows every row once, forward and back, over a reload', async ({ signedIn, world }) => {
  const wanted: string[] = [];
  for await (const { id } of world.client().each('listProposals', { query: { status: ['declined'] } })) {
    wanted.push(id);
  }
  await openList(signedIn, '/proposals?status=declined&limit=100');
  await expect(totalOf(signedIn)).toHaveAttribute('data-total', String(wanted.length));
  const seen: string[] = [];
  const first = await idsOf(signedIn);
  for (let page = 0; ; page += 1) {
    await expect(rowOf(signedIn, wanted[page * 100] ?? '')).toBeVisible();
    seen.push(...(await idsOf(signedIn)));
    if (seen.length >= wanted.length) break;
    await signedIn.getByRole('button', { name: 'Next' }).click();
  }
  expect(seen).toEqual(wanted);
  await expect(signedIn.getByRole('button', { name: 'Next' })).toBeDisabled();
  await signedIn.reload();
  for (let page = Math.ceil(wanted.length / 100); page > 1; page -= 1) {
    await signedIn.getByRole('button', { name: 'Previous' }).click();
    await expect(rowOf(signedIn, wanted[(page - 2) * 100] ?? '')).toBeVisible();
  }
  expect(await idsOf(signedIn)).toEqual(first);
  await expect(signedIn.getByRole('button', { name: 'Previous' })).toBeDisabled();
});

test('filters narrow the list down, stand in the address and as chips, and can be taken away', async ({
  signedIn,
  world,
}) => {
  const totals = async (query: object) =>
    String((await world.client().listUsers({ query: { ...query, count: true, limit: 1 } })).page.total);
  await openList(signedIn, '/users');
  await expect(totalOf(signedIn)).toHaveAttribute('data-total', await totals({}));

  await signedIn.getByRole('button', { name: 'Status' }).click();
  await signedIn.getByRole('menuitemcheckbox', { name: 'Invited' }).click();
  await signedIn.getByRole('menuitemcheckbox', { name: 'Suspended' }).click();
  await signedIn.keyboard.press('Escape');
  const status = ['invited', 'suspended'];
  await expect(totalOf(signedIn)).toHaveAttribute('data-total', await totals({ status }));

  await signedIn.getByRole('searchbox').fill('an');
  await expect(totalOf(signedIn)).toHaveAttribute('data-total', await totals({ status, q: 'an' }));
  await expect(signedIn).toHaveURL(/q=an/);

  await signedIn.getByRole('button', { name: 'Remove the filter “Status: Invited”' }).click();
  await expect(totalOf(signedIn)).toHaveAttribute(
    'data-total',
    await totals({ status: ['suspended'], q: 'an' }),
  );
  await signedIn.getByRole('button', { name: 'Clear all' }).click();
  await expect(totalOf(signedIn)).toHaveAttribute('data-total', await totals({}));
  await expect(signedIn.getByRole('searchbox')).toHaveValue('');

  await signedIn.getByRole('searchbox').fill('nobody is called that');
  await expect(signedIn.getByText('Nothing matches these filters')).toBeVisible();
});

test('instants of an address stay as they are; days are those of its time zone', async ({
  signedIn,
  world,
}) => {
  const query = { createdFrom: '2026-06-30T22:00:00Z', createdTo: '2026-07-31T13:05:00Z' };
  const address = new URLSearchParams({ ...query, tz: 'Europe/Paris' }).toString();
  await openList(signedIn, `/leads?${address}`);
  const { page } = await world.client().listLeads({ query: { ...query, count: true, limit: 1 } });
  await expect(totalOf(signedIn)).toHaveAttribute('data-total', String(page.total));
  const chips = signedIn.getByRole('group', { name: 'Active filters' });
  await expect(chips).toContainText(/Created: .*1.* 2026, .*31.* 2026, .*05/);
  await signedIn.getByRole('button', { name: 'Dates' }).click();
  await signedIn.getByRole('group', { name: 'Created' }).getByLabel('Last day').fill('2026-07-31');
  await expect(signedIn).toHaveURL(/createdTo=2026-07-31T22%3A00%3A00.000Z/);
  await expect(signedIn).toHaveURL(/createdFrom=2026-06-30T22%3A00%3A00Z/);
});

test('what an address must not hold is dropped', async ({ signedIn, world }) => {
  await openList(signedIn, '/users?status=nobody&role=7&createdFrom=soon&row=1&cursor=&limit=7&x=y');
  const { page } = await world.client().listUsers({ query: { count: true, limit: 1 } });
  await expect(totalOf(signedIn)).toHaveAttribute('data-total', String(page.total));
});

test('a page that the service does not know leads to the first one', async ({
  signedIn,
  expectsFailures,
}) => {
  expectsFailures();
  await signedIn.goto('/users?cursor=nonsense');
  await signedIn.getByRole('button', { name: 'First page' }).click();
  await expect(rowsOf(signedIn).first()).toBeVisible();
});

test('the panel shows a row of any page, what hangs below it and what it belongs to', async ({
  signedIn,
  world,
}) => {
  const { items } = await world.client().listLeads({ query: { status: ['converted'], limit: 1 } });
  const lead = items[0];
  if (!lead) throw new Error('no lead has converted');
  const proposal = await world.client().getProposal({ path: { id: lead.proposalId } });
  await signedIn.goto(`/leads?status=new&row=${lead.id}`);
  await expect(panelOf(signedIn).getByRole('heading', { name: lead.name })).toBeVisible();
  await audit(signedIn);
  await panelOf(signedIn).getByRole('link', { name: proposal.title }).click();
  await expect(signedIn).toHaveURL(new RegExp(`/proposals\\?row=${proposal.id}`));
  await expect(panelOf(signedIn)).toContainText(proposal.clientName);
  const below = await world.client().listLeads({ query: { proposalId: proposal.id, limit: 1 } });
  const newest = below.items[0]?.name ?? '';
  await expect(panelOf(signedIn).getByRole('link', { name: newest }).first()).toBeVisible();
  await signedIn.keyboard.press('Escape');
  await expect(panelOf(signedIn)).toBeHidden();
});

test('the panel of a row that is gone says so', async ({ signedIn, expectsFailures }) => {
  expectsFailures();
  await signedIn.goto('/leads?row=01920000-0000-7000-8000-000000000001');
  await expect(panelOf(signedIn)).toContainText('This row is not there any more');
});

test('the export has the rows that the list counts', async ({ signedIn }) => {
  await openList(signedIn, '/proposals?status=accepted&status=expired&q=a');
  const total = Number(await totalOf(signedIn).getAttribute('data-total'));
  const download = signedIn.waitForEvent('download');
  await signedIn.getByRole('link', { name: 'Export CSV' }).click();
  const lines: string[] = [];
  for await (const chunk of await (await download).createReadStream()) lines.push(String(chunk));
  const rows = lines
    .join('')
    .trimEnd()
    .split(/\r?\n(?=[\da-f]{8}-)/);
  expect(rows.length - 1).toBe(total);
  expect(rows[0]).toContain('amountMinor');
});

test('a viewer sees rows, and nothing to change them with', async ({ viewer }) => {
  for (const path of ['/users', '/proposals', '/leads']) {
    await openList(viewer, path);
    await expect(viewer.getByRole('link', { name: 'Export CSV' })).toBeVisible();
    await rowsOf(viewer).first().getByRole('link').click();
    await expect(panelOf(viewer).getByText('Last changed')).toBeVisible();
    for (const name of [/^New /, 'Edit', 'Delete', /^Move/, /: actions$/, /Sign-in link/]) {
      await expect(viewer.getByRole('button', { name, includeHidden: true })).toHaveCount(0);
    }
    await expect(viewer.getByRole('checkbox', { includeHidden: true })).toHaveCount(0);
  }
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 375, height: 720 } });

  test('nothing is wider than the screen', async ({ signedIn }) => {
    for (const path of ['/users', '/proposals', '/leads?status=new&status=lost&source=website']) {
      await openList(signedIn, path);
      const width = await signedIn.evaluate(() => document.documentElement.scrollWidth);
      expect(width).toBeLessThanOrEqual(375);
      await audit(signedIn);
    }
  });
});

async function idsOf(page: Parameters<typeof rowsOf>[0]): Promise<string[]> {
  return rowsOf(page).evaluateAll((rows) => rows.map((row) => row.getAttribute('data-row') ?? ''));
}
