/** What the types refuse and what they know; compiled, never run. */

import {
  createMetricsClient,
  type ExportUsersData,
  ifMatch,
  isProblem,
  type Kpi,
  type MetricsClient,
  type ProblemName,
  type ProposalStatus,
  type User,
} from '@admin-metrics/client';
import { getUserOptions, listUsersOptions } from '@admin-metrics/client/query';
import { QueryClient } from '@tanstack/react-query';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>) => undefined;

export async function types(metrics: MetricsClient): Promise<void> {
  // Answers are the data itself.
  const user = await metrics.getUser({ path: { id: 'u1' } });
  same<typeof user, User>(true);
  const { overview } = await metrics.getDashboard({ query: { period: '30d' } });
  same<typeof overview.kpis, Kpi[]>(true);
  // @ts-expect-error: a row has an id
  await metrics.getUser();
  // @ts-expect-error: there is no such period
  await metrics.getDashboard({ query: { period: '14d' } });
  // The browser's own time zone will do.
  await metrics.getDashboard({ query: { tz: Intl.DateTimeFormat().resolvedOptions().timeZone } });
  // @ts-expect-error: there is no such filter
  await metrics.listUsers({ query: { colour: 'red' } });
  // @ts-expect-error: a user has a name
  await metrics.createUser({ body: { email: 'ada@example.org' } });
  // @ts-expect-error: there is no such status
  await metrics.moveProposals({ body: { ids: [], status: 'lost' } });

  // Lists, and their rows.
  for await (const proposal of metrics.each('listProposals', { query: { status: ['sent'] } })) {
    same<typeof proposal.status, ProposalStatus>(true);
  }
  for await (const page of metrics.pages('listUsers')) same<typeof page.items, User[]>(true);
  // @ts-expect-error: that is no list
  metrics.each('getUser', { path: { id: 'u1' } });
  // @ts-expect-error: nor is that a status
  metrics.each('listLeads', { query: { status: ['sent'] } });

  // Exports.
  const csv = await metrics.download('exportUsers', { query: { status: ['active'] } });
  same<typeof csv, ReadableStream<Uint8Array>>(true);
  // @ts-expect-error: that is no export
  await metrics.download('listUsers');
  const href = metrics.http.buildUrl<ExportUsersData>({ url: '/api/v1/users.csv', query: { q: 'ada' } });
  same<typeof href, string>(true);

  // Problems, by name.
  try {
    await metrics.deleteUser({ path: { id: user.id }, headers: ifMatch(user) });
  } catch (error) {
    // @ts-expect-error: it may be anything
    error.detail;
    if (isProblem(error)) same<typeof error.problem, ProblemName>(true);
    // @ts-expect-error: the names are known
    same<ProblemName, string>(true);
    if (isProblem(error, 'not-found', 'lost-update')) {
      same<typeof error.problem, 'not-found' | 'lost-update'>(true);
      same<typeof error.retryAfter, number | undefined>(true);
    }
    // @ts-expect-error: there is no such problem
    isProblem(error, 'out-of-paper');
  }
  // @ts-expect-error: that is no row
  ifMatch({ id: 'u1' });

  // TanStack Query.
  const queries = new QueryClient();
  same<Awaited<ReturnType<typeof fetchUser>>, User>(true);
  const fetchUser = () => queries.fetchQuery(getUserOptions({ path: { id: 'u1' } }));
  same<ReturnType<typeof getCached>, User | undefined>(true);
  const getCached = () => queries.getQueryData(getUserOptions({ path: { id: 'u1' } }).queryKey);
  // @ts-expect-error: there is no such filter
  listUsersOptions({ query: { colour: 'red' } });

  // @ts-expect-error: there is no such setting
  createMetricsClient({ url: 'http://127.0.0.1:8080' });
}
