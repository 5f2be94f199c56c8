/**
 * For TanStack Query: options for every operation, and making queries old as the data changes. Options use the client that
 * was made last, or the one given as `{ client: metrics.http }`.
 */

import type { MetricsClient, Stop } from './client.js';
import type { EventsOptions } from './events.js';
import type { MetricsApi } from './generated/sdk.gen.js';
import { DATA_TAGS, type DataTag, type DataVersion } from './versions.js';

export * from './generated/@tanstack/react-query.gen.js';

/** Which data each query shows. A query that is not named here is not made old by changes of data. */
const TAGS_OF: Partial<Record<keyof MetricsApi, readonly DataTag[]>> = {
  getDashboard: DATA_TAGS,
  getOverview: DATA_TAGS,
  getCharts: DATA_TAGS,
  getRecentUsers: ['users', 'proposals'],
  getRecentProposals: DATA_TAGS,
  listUsers: ['users'],
  getUser: ['users'],
  listProposals: ['proposals'],
  getProposal: ['proposals'],
  listLeads: ['leads'],
  getLead: ['leads'],
};

/** What is needed of a `QueryClient`, of whichever copy of TanStack Query. */
export interface Invalidating {
  invalidateQueries(filters: {
    predicate: (query: { queryKey: readonly unknown[] }) => boolean;
  }): Promise<void>;
}

/** Makes old every query that shows data of one of `tags`; those that are on screen are read anew. */
export function invalidateTags(queryClient: Invalidating, tags: readonly DataTag[]): Promise<void> {
  return queryClient.invalidateQueries({
    predicate: ({ queryKey }) => {
      const id = (queryKey[0] as { _id?: keyof MetricsApi } | undefined)?._id;
      return id !== undefined && (TAGS_OF[id]?.some((tag) => tags.includes(tag)) ?? false);
    },
  });
}

/**
 * Keeps the queries of `queryClient` as new as the data: follows the service's events and makes old what each has changed.
 * The first event makes old all, as what was read before it may be older.
 *
 * ```ts
 * useEffect(() => keepFresh(queryClient, metrics), [queryClient, metrics]);
 * ```
 */
export function keepFresh(
  queryClient: Invalidating,
  metrics: MetricsClient,
  options: EventsOptions & { onEnd?: (error: unknown) => void } = {},
): Stop {
  let last: DataVersion = {};
  return metrics.onEvent((version) => {
    // A tag that is left out is about to change.
    const changed = DATA_TAGS.filter((tag) => version[tag] === undefined || version[tag] !== last[tag]);
    last = version;
    if (changed.length > 0) void invalidateTags(queryClient, changed);
  }, options);
}
