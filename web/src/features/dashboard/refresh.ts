/**
 * Having the numbers computed anew, or reading them again. What comes of it belongs to the period that it was asked for,
 * whichever one is looked at by then.
 */

import { useMutation, useQueryClient } from '@tanstack/react-query';

import { metrics } from '../../app/client';
import { dashboardOptions } from './query';
import { type DashboardSearch, queryOf } from './search';

/** Who hears what came of it. */
interface Told {
  onSuccess: () => void;
  onError: (error: Error) => void;
}

/** Has the numbers of a period computed anew. */
export function useRecompute({ onSuccess, onError }: Told) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (search: DashboardSearch) => metrics.refreshMetrics({ query: queryOf(search) }),
    // A mutation under way has the options of the page as it is by now: only what it was started with says which period.
    onSuccess: async (answer, search) => {
      const { queryKey } = dashboardOptions(search);
      // An answer that is on its way is older.
      await queryClient.cancelQueries({ queryKey });
      queryClient.setQueryData(queryKey, answer);
      onSuccess();
    },
    onError,
  });
}

/** Reads the numbers of a period again. */
export function useReread({ onSuccess, onError }: Told) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (search: DashboardSearch) => queryClient.query({ ...dashboardOptions(search), staleTime: 0 }),
    onSuccess,
    onError,
  });
}
