/** The options for TanStack Query, and keeping queries fresh, against the real service. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { createMetricsClient, type MetricsClient } from '@admin-metrics/client';
import {
  createUserMutation,
  getDashboardOptions,
  getUserOptions,
  invalidateTags,
  keepFresh,
  listLeadsOptions,
  listUsersInfiniteOptions,
  listUsersOptions,
} from '@admin-metrics/client/query';
import { MutationObserver, QueryClient } from '@tanstack/react-query';

import { type Service, startService } from './support/service.js';
import { eventStream, standIn } from './support/stand-in.js';

describe('TanStack Query', () => {
  let service: Service;
  let metrics: MetricsClient;
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });

  before(async () => {
    service = await startService();
    metrics = await service.admin();
  });

  after(() => service.stop());

  it('reads and writes by options, with the client that was made last or the one given', async () => {
    const creation = new MutationObserver(queryClient, createUserMutation());
    const user = await creation.mutate({ body: { email: 'ada@example.org', displayName: 'Ada' } });
    assert.deepEqual(await queryClient.fetchQuery(getUserOptions({ path: { id: user.id } })), user);
    const given = { client: metrics.background.http, path: { id: user.id } };
    assert.deepEqual(await queryClient.fetchQuery(getUserOptions(given)), user);
    const dashboard = await queryClient.fetchQuery(getDashboardOptions({ query: { period: '7d' } }));
    assert.equal(dashboard.recentUsers.items[0]?.id, user.id);
    const [key] = getUserOptions({ path: { id: user.id } }).queryKey;
    assert.deepEqual(key, { _id: 'getUser', baseUrl: service.origin, path: { id: user.id } });
    const failure = queryClient.fetchQuery(getUserOptions({ path: { id: 'x' } }));
    await assert.rejects(failure, { name: 'ProblemError', problem: 'invalid-id' });
  });

  it('reads lists page by page', async () => {
    await metrics.createUser({ body: { email: 'second@example.org', displayName: 'Second' } });
    const total = (await metrics.listUsers({ query: { count: true } })).page.total;
    const { pages } = await queryClient.fetchInfiniteQuery({
      ...listUsersInfiniteOptions({ query: { limit: 1 } }),
      initialPageParam: {},
      getNextPageParam: ({ page }) => page.nextCursor ?? undefined,
      pages: 100,
    });
    assert.equal(pages.flatMap(({ items }) => items).length, total);
  });

  it('a tag makes old what shows its data, and nothing else', async () => {
    const all = [listUsersOptions(), listLeadsOptions(), getDashboardOptions()];
    for (const options of all) await queryClient.fetchQuery(options as ReturnType<typeof listUsersOptions>);
    queryClient.setQueryData(['mine'], 1);
    await invalidateTags(queryClient, ['leads']);
    const old = (options: { queryKey: readonly unknown[] }) =>
      queryClient.getQueryState(options.queryKey)?.isInvalidated;
    assert.deepEqual(all.map(old), [false, true, true]);
    assert.equal(old({ queryKey: ['mine'] }), false);
  });

  it('an event makes old what it changes', async (t) => {
    const event = (users: number) => `event: versions\ndata: {"users":${users},"proposals":7,"leads":7}\n\n`;
    const server = await standIn(
      eventStream(`retry: 1\n\n${event(1)}`, 'end'),
      // The same again: nothing happened while there was no connection.
      eventStream(event(1), 'end'),
      eventStream(event(2)),
    );
    t.after(() => server.stop());
    const invalidated: string[][] = [];
    const spy = new QueryClient();
    for (const { queryKey } of [listUsersOptions(), listLeadsOptions()]) {
      spy.setQueryData<unknown>(queryKey as readonly unknown[], {});
    }
    await new Promise<void>((done) => {
      spy.invalidateQueries = (filters) => {
        const matching = spy
          .getQueryCache()
          .getAll()
          .filter((query) => filters!.predicate!(query as never));
        invalidated.push(matching.map(({ queryKey }) => (queryKey[0] as { _id: string })._id));
        if (invalidated.length === 2) done();
        return Promise.resolve();
      };
      t.after(keepFresh(spy, createMetricsClient({ baseUrl: server.origin })));
    });
    assert.deepEqual(invalidated, [['listUsers', 'listLeads'], ['listUsers']]);
    assert.equal(server.requests.length, 3);
  });
});
