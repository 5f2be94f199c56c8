/** Every operation of the document, through the client, against the real service. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import {
  createMetricsClient,
  isProblem,
  type MetricsClient,
  type Proposal,
  type User,
} from '@admin-metrics/client';

import { Recorder } from './support/recorder.js';
import { ADMIN, type Service, startService } from './support/service.js';

describe('every operation', () => {
  let service: Service;
  let metrics: MetricsClient;
  let user: User;
  let proposal: Proposal;
  const recorder = new Recorder();

  before(async () => {
    service = await startService();
    metrics = await service.admin((inner) => recorder.over(inner));
  });

  after(() => service.stop());

  it('users', async () => {
    user = await metrics.createUser({ body: { email: 'ada@example.org', displayName: 'Ada Lovelace' } });
    assert.equal(user.status, 'invited');
    const path = { id: user.id };
    assert.deepEqual(await metrics.getUser({ path }), user);
    user = await metrics.updateUser({ path, body: { status: 'active' } });
    assert.equal(user.status, 'active');
    const { items, page } = await metrics.listUsers({
      query: { status: ['active', 'invited'], count: true, q: 'ada' },
    });
    assert.deepEqual(items, [user]);
    assert.equal(page.total, 1);
    const passing = await metrics.createUser({ body: { email: 'bob@example.org', displayName: 'Bob' } });
    await metrics.deleteUser({ path: { id: passing.id } });
    assert.deepEqual((await metrics.listUsers({ query: { q: 'bob' } })).items, []);
  });

  it('proposals', async () => {
    const body = {
      userId: user.id,
      title: 'New roof',
      clientName: 'Mairie',
      amountMinor: 1_250_000,
      currency: 'EUR' as const,
    };
    proposal = await metrics.createProposal({ body });
    const path = { id: proposal.id };
    assert.deepEqual(await metrics.getProposal({ path }), proposal);
    proposal = await metrics.updateProposal({ path, body: { status: 'sent' } });
    assert.notEqual(proposal.sentAt, null);
    assert.deepEqual((await metrics.listProposals({ query: { userId: user.id } })).items, [proposal]);
    const moved = await metrics.moveProposals({ body: { ids: [proposal.id], status: 'accepted' } });
    assert.equal(moved.counts.moved, 1);
    const passing = await metrics.createProposal({ body });
    await metrics.deleteProposal({ path: { id: passing.id } });
  });

  it('leads', async () => {
    const body = { proposalId: proposal.id, name: 'Jean Valjean', email: 'jean@example.org' };
    let lead = await metrics.createLead({ body });
    const path = { id: lead.id };
    assert.deepEqual(await metrics.getLead({ path }), lead);
    lead = await metrics.updateLead({ path, body: { status: 'contacted' } });
    assert.deepEqual((await metrics.listLeads({ query: { status: ['contacted'] } })).items, [lead]);
    const moved = await metrics.moveLeads({ body: { ids: [lead.id], status: 'qualified' } });
    assert.equal(moved.counts.moved, 1);
    await metrics.deleteLead({ path });
  });

  it('metrics', async () => {
    const query = { period: '7d', tz: 'Europe/Paris' } as const;
    const dashboard = await metrics.getDashboard({ query });
    const users = (kpis: typeof dashboard.overview.kpis) =>
      kpis.find(({ key }) => key === 'usersTotal')?.value;
    // The admin is one, too.
    assert.equal(users(dashboard.overview.kpis), 2);
    assert.equal(users((await metrics.getOverview({ query })).kpis), 2);
    assert.equal((await metrics.getCharts({ query })).meta.period.key, '7d');
    assert.equal((await metrics.getRecentUsers({ query: { limit: 5 } })).items[0]?.id, user.id);
    assert.equal((await metrics.getRecentProposals()).items[0]?.id, proposal.id);
    assert.equal(users((await metrics.refreshMetrics({ query })).overview.kpis), 2);
  });

  it('cache', async () => {
    assert.equal((await metrics.createInvalidation({ body: { tags: ['all'] } })).outcome, 'applied');
    assert.ok((await metrics.getCacheStats()).instance);
  });

  it('service', async () => {
    assert.equal((await metrics.getLiveness()).status, 'ok');
    assert.equal((await metrics.getReadiness()).status, 'ok');
    assert.match(String(await metrics.getCounters()), /^# HELP /m);
    assert.equal(((await metrics.getOpenapi()) as { openapi: string }).openapi, '3.1.0');
    assert.match(String(await metrics.getPage()), /<html/);
    assert.match(String(await metrics.getDocs()), /<html/);
  });

  it('exports', async () => {
    const [header, ...lines] = (await metrics.exportUsers({ query: { q: 'ada' } })).trimEnd().split('\r\n');
    assert.match(header!, /^id,email,displayName,/);
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /Ada Lovelace/);
    const streamed = await new Response(await metrics.download('exportProposals', { query: {} })).text();
    assert.match(streamed, /New roof/);
    assert.equal(streamed, await metrics.exportProposals());
    assert.match(await metrics.exportLeads(), /^id,proposalId,/);
  });

  it('events', async () => {
    const seen: number[] = [];
    for await (const version of metrics.events()) {
      seen.push(version.users!);
      if (seen.length === 2) break;
      await metrics.updateUser({ path: { id: user.id }, body: { displayName: 'Ada King' } });
    }
    assert.ok(seen[0]! < seen[1]!, String(seen));
  });

  it('session', async () => {
    assert.equal((await metrics.getSession()).user.email, ADMIN.email);
    const viewer = { email: 'viewer@example.org', displayName: 'Vera', role: 'viewer' } as const;
    const { id } = await metrics.createUser({ body: viewer });
    const { token } = await metrics.createSignInLink({ path: { id } });
    const theirs = service.stranger((inner) => recorder.over(inner));
    const password = 'staple horse correct';
    assert.equal((await theirs.redeemSignInLink({ body: { token, password } })).user.id, id);
    assert.equal((await theirs.getSession()).user.role, 'viewer');
    assert.equal((await theirs.getUser({ path: { id } })).status, 'active');
    await assert.rejects(
      theirs.deleteUser({ path: { id } }),
      (error) => isProblem(error) && error.status === 403,
    );
    const newPassword = 'battery horse staple';
    await theirs.changePassword({ body: { currentPassword: password, newPassword } });
    assert.equal((await theirs.getSession()).user.id, id);
    await theirs.signOut({ query: { everywhere: true } });
    await assert.rejects(theirs.getSession(), (error) => isProblem(error) && error.status === 401);
    const wrong = theirs.signIn({ body: { email: viewer.email, password } });
    await assert.rejects(wrong, (error) => isProblem(error) && error.status === 401);
    await theirs.signIn({ body: { email: viewer.email, password: newPassword } });
  });

  it('tokens, and who did what', async () => {
    const { token, ...made } = await metrics.createApiToken({
      body: { name: 'Prometheus', role: 'viewer', expiresAt: null },
    });
    assert.match(token, /^amt_/);
    assert.deepEqual((await metrics.listApiTokens()).items, [made]);
    const machine = createMetricsClient({ baseUrl: service.origin, token });
    assert.equal((await machine.getUser({ path: { id: user.id } })).email, user.email);
    await assert.rejects(machine.listApiTokens(), (error) => isProblem(error, 'forbidden'));
    await metrics.revokeApiToken({ path: { id: made.id } });
    const tooLate = machine.getUser({ path: { id: user.id } });
    await assert.rejects(tooLate, (error) => isProblem(error, 'unauthenticated'));
    assert.notEqual((await metrics.listApiTokens({ query: { limit: 1 } })).items[0]?.revokedAt, null);
    const { items } = await metrics.listAuditEntries({
      query: { subjectId: made.id, action: ['apiToken.created', 'apiToken.revoked'] },
    });
    assert.deepEqual(
      items.map(({ action, actor }) => [action, actor.name]),
      [
        ['apiToken.revoked', ADMIN.email],
        ['apiToken.created', ADMIN.email],
      ],
    );
  });

  it('none is left out', () => {
    const missing = recorder.documented.filter((id) => !recorder.succeeded.includes(id));
    assert.deepEqual(missing, [], 'operations of openapi/openapi.json that no test has used with success');
  });
});
