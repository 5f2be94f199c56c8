/** The two routes that all pages hang below: what is around everything, and what is around the pages of who is signed in. */

import { isProblem, type Session } from '@admin-metrics/client';
import { getSessionOptions } from '@admin-metrics/client/query';
import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, Outlet, redirect } from '@tanstack/react-router';

import { NotFoundPage } from './not-found';
import { PageError } from './page-error';
import { Shell } from './shell';

/** What routes may use while they load. */
export interface RouterContext {
  queryClient: QueryClient;
}

export const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
  errorComponent: PageError,
});

/** The pages of who is signed in; everybody else is sent to sign in first, and comes back. */
export const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'app',
  beforeLoad: async ({ context, location }): Promise<{ session: Session }> => {
    try {
      return { session: await context.queryClient.query(sessionOptions()) };
    } catch (error) {
      if (!isProblem(error, 'unauthenticated')) throw error;
      throw redirect({ to: '/sign-in', search: { next: location.href }, replace: true });
    }
  },
  component: Shell,
  notFoundComponent: NotFoundPage,
  errorComponent: PageError,
});

/** Who is signed in. It is asked for once; answers of other requests tell when it has ended. */
export function sessionOptions() {
  return { ...getSessionOptions(), staleTime: Infinity, gcTime: Infinity, retry: false };
}

/** Who is signed in, on a page that only they see. */
export function useSession(): Session {
  return appRoute.useRouteContext({ select: ({ session }) => session });
}

/** Whether they may change things. */
export function useIsAdmin(): boolean {
  return useSession().user.role === 'admin';
}
