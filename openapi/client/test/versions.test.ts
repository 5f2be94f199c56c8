/** Reading your own writes. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { createMetricsClient, VersionMemory, isProblem, parseDataVersion } from '@admin-metrics/client';

import { json, problem, standIn } from './support/stand-in.js';

const MIN = 'x-min-data-version';

describe('versions', () => {
  it('are read, and kept by the newest of each tag', () => {
    const versions = new VersionMemory();
    assert.equal(versions.header, undefined);
    versions.remember(parseDataVersion('users=17, proposals=18'));
    versions.remember(parseDataVersion('users=16,leads=0,others=3,broken,proposals=x'));
    assert.deepEqual(versions.newest, { users: 17, proposals: 18, leads: 0 });
    assert.equal(versions.header, 'users=17,proposals=18,leads=0');
    versions.forget();
    assert.equal(versions.header, undefined);
    assert.deepEqual(parseDataVersion(null), {});
  });

  it('of writes go with reads of figures, and with nothing else', async (t) => {
    const server = await standIn(
      json({}),
      json({}, { 'X-Data-Version': 'users=17,leads=3' }),
      json({}, { 'X-Data-Version': 'users=99' }),
      json({ items: [], page: {} }),
      json({}),
    );
    t.after(() => server.stop());
    const metrics = createMetricsClient({ baseUrl: server.origin });
    await metrics.getOverview();
    await metrics.updateUser({ path: { id: 'u1' }, body: { displayName: 'Ada' } });
    await metrics.getOverview();
    await metrics.listUsers();
    await metrics.getRecentUsers({ headers: { 'X-Min-Data-Version': 'users=1' } });
    const sent = server.requests.map(({ headers }) => headers[MIN]);
    assert.deepEqual(sent, [undefined, undefined, 'users=17,leads=3', undefined, 'users=1']);
  });

  it('that mean nothing any more are forgotten', async (t) => {
    const tooFar = { field: 'X-Min-Data-Version', code: 'range', detail: 'too far ahead' };
    const server = await standIn(problem(400, 'invalid-header', { errors: [tooFar] }), json({ kpis: [] }));
    t.after(() => server.stop());
    const metrics = createMetricsClient({ baseUrl: server.origin });
    metrics.versions.remember({ users: 17 });
    assert.deepEqual(await metrics.getOverview(), { kpis: [] });
    const sent = server.requests.map(({ headers }) => headers[MIN]);
    assert.deepEqual(sent, ['users=17', undefined]);
  });

  it('that somebody asked for by themselves are refused to them', async (t) => {
    const tooFar = { field: 'X-Min-Data-Version', code: 'range', detail: 'too far ahead' };
    const server = await standIn(problem(400, 'invalid-header', { errors: [tooFar] }));
    t.after(() => server.stop());
    const metrics = createMetricsClient({ baseUrl: server.origin });
    const read = metrics.getOverview({ headers: { 'X-Min-Data-Version': 'users=1' } });
    await assert.rejects(read, (error) => isProblem(error, 'invalid-header'));
    assert.equal(server.requests.length, 1);
  });
});
