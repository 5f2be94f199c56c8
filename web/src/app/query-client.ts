/** What was read, for as long as it may be shown; and what happens when a session turns out to have ended. */

import { isNetworkError, isProblem } from '@admin-metrics/client';
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';

import { isKeptNew } from '../live/background';

/** How often a read that may succeed a moment later is tried again by itself. */
const RETRIES = 2;

/** Makes the store. `onSessionEnded` hears of every answer that says that nobody is signed in any more. */
export function createQueryClient(onSessionEnded: () => void): QueryClient {
  const onError = (error: unknown) => {
    if (isProblem(error, 'unauthenticated')) onSessionEnded();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        retry: (failures, error) => failures < RETRIES && mayPass(error),
        // Changes are told by events; a window that comes to the front again finds out what it has missed.
        staleTime: 15_000,
        networkMode: 'always',
        refetchOnWindowFocus: (query) => !isKeptNew(query),
        refetchOnReconnect: true,
      },
      // A write whose outcome nobody knows is not repeated by itself, and one made without a network fails at once: held
      // back, it would go out when nobody thinks of it any more.
      mutations: { retry: false, networkMode: 'always' },
    },
  });
}

/** Whether asking again may help: the service, or the way to it, is in trouble for the moment. */
export function mayPass(error: unknown): boolean {
  return isNetworkError(error) || (isProblem(error) && error.status >= 500);
}
