/** The cache's statistics, asked for again and again while somebody looks. */

import { getCacheStatsQueryKey } from '@admin-metrics/client/query';
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';

import { metrics } from '../../app/client';
import { type History, withPoll } from './history';

/** Between two polls. However often it is asked, the service asks Redis for its figures once a minute at most. */
export const POLL_EVERY_MS = 5_000;

/** The history that the page's polls have written. It lives as long as the page is open, and ends with the session. */
function historyOptions(before: () => History | undefined) {
  return queryOptions({
    queryKey: [...getCacheStatsQueryKey(), 'history'] as const,
    queryFn: async ({ signal }): Promise<History> => {
      // Nobody waits for a poll: it must not keep a session alive.
      const stats = await metrics.background.getCacheStats({ signal });
      return withPoll(before(), stats, Date.now());
    },
    structuralSharing: false,
    staleTime: 0,
    gcTime: 30 * 60_000,
  });
}

/** The statistics and what was seen of them; polling, unless paused, while the tab is in sight. */
export function useCacheStats(isPaused: boolean) {
  const queryClient = useQueryClient();
  const { queryKey } = historyOptions(() => undefined);
  return useQuery({
    ...historyOptions(() => queryClient.getQueryData<History>(queryKey)),
    refetchInterval: isPaused ? false : POLL_EVERY_MS,
    refetchIntervalInBackground: false,
    refetchOnWindowFocus: !isPaused,
  });
}
