/** Every page and where it is. Each feature has its routes in a file `route.tsx`, and its page in a chunk of its own. */

import type { QueryClient } from '@tanstack/react-query';
import { createRouter } from '@tanstack/react-router';

import { accountRoute } from '../features/account/route';
import { auditRoute } from '../features/audit/route';
import { cacheRoute } from '../features/cache/route';
import { dashboardRoute } from '../features/dashboard/route';
import { leadsRoute } from '../features/leads/route';
import { proposalsRoute } from '../features/proposals/route';
import { redeemRoute, signInRoute } from '../features/session/route';
import { tokensRoute } from '../features/tokens/route';
import { usersRoute } from '../features/users/route';
import { appRoute, rootRoute } from './routes';

const routeTree = rootRoute.addChildren([
  signInRoute,
  redeemRoute,
  appRoute.addChildren([
    dashboardRoute,
    usersRoute,
    proposalsRoute,
    leadsRoute,
    cacheRoute,
    auditRoute,
    tokensRoute,
    accountRoute,
  ]),
]);

/** Makes the router. */
export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: 'intent',
    // TanStack Query knows what is still fresh.
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
  });
}

export type AppRouter = ReturnType<typeof createAppRouter>;

declare module '@tanstack/react-router' {
  interface Register {
    router: AppRouter;
  }
}
