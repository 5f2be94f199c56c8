/** Working with rows, against the real service. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { ifMatch, isProblem, type MetricsClient, ProposalStatus } from '@admin-metrics/client';

import { type Service, startService } from './support/service.js';

describe('rows', () => {
  let service: Service;
  let metrics: MetricsClient;

  before(async () => {
    service = await startService();
    metrics = await service.admin();
  });

  after(() => service.stop());

  it('a change goes through only if nobody else was there before', async () => {
    const { id } = await metrics.createUser({ body: { email: 'eve@example.org', displayName: 'Eve' } });
    const seen = (await metrics.listUsers({ query: { q: 'eve@' } })).items[0]!;
    assert.equal(
      metrics.headersOf(await metrics.getUser({ path: { id } }))?.get('ETag'),
      ifMatch(seen)['If-Match'],
    );
    const theirs = await metrics.updateUser({
      path: { id },
      body: { status: 'active' },
      headers: ifMatch(seen),
    });
    const tooLate = metrics.updateUser({
      path: { id },
      body: { displayName: 'Eva' },
      headers: ifMatch(seen),
    });
    await assert.rejects(tooLate, (error) => isProblem(error, 'lost-update') && error.status === 412);
    const deletion = metrics.deleteUser({ path: { id }, headers: ifMatch(seen) });
    await assert.rejects(deletion, (error) => isProblem(error, 'lost-update'));
    await metrics.deleteUser({ path: { id }, headers: ifMatch(theirs) });
  });

  it('what is wrong is told by field', async () => {
    const body = { email: 'no address', displayName: '' };
    await assert.rejects(metrics.createUser({ body }), (error) => {
      assert.ok(isProblem(error, 'invalid-fields'));
      assert.ok(error.fieldError('email') && error.fieldError('displayName'));
      return true;
    });
    const valid = { email: 'twice@example.org', displayName: 'Twice' };
    await metrics.createUser({ body: valid });
    await assert.rejects(metrics.createUser({ body: valid }), (error) => isProblem(error, 'duplicate-email'));
    const nowhere = metrics.getUser({ path: { id: '00000000-0000-7000-8000-000000000000' } });
    await assert.rejects(nowhere, (error) => isProblem(error, 'not-found'));
  });

  it('a list is walked through to its end', async () => {
    const user = await metrics.createUser({ body: { email: 'many@example.org', displayName: 'Many' } });
    const titles = ['One', 'Two', 'Three', 'Four', 'Five'];
    for (const title of titles) {
      const body = {
        userId: user.id,
        title,
        clientName: 'Mairie',
        amountMinor: 100,
        currency: 'EUR' as const,
      };
      await metrics.createProposal({ body });
    }
    const query = { userId: user.id, status: [ProposalStatus.DRAFT], limit: 2 };
    const found: string[] = [];
    for await (const proposal of metrics.each('listProposals', { query })) found.push(proposal.title);
    assert.deepEqual(found, [...titles].reverse());
    const sizes: number[] = [];
    for await (const page of metrics.pages('listProposals', { query })) sizes.push(page.items.length);
    assert.deepEqual(sizes, [2, 2, 1]);
    for await (const _ of metrics.each('listLeads')) assert.fail('there are none');
  });

  it('figures show what was just written', async () => {
    const count = async () => {
      const { kpis } = await metrics.getOverview({ query: { period: '7d' } });
      return kpis.find(({ key }) => key === 'usersTotal')?.value as number;
    };
    const before = await count();
    await metrics.createUser({ body: { email: 'new@example.org', displayName: 'New' } });
    assert.ok(metrics.versions.newest.users);
    assert.equal(await count(), before + 1);
  });
});
