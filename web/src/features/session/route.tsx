/** Where one signs in, and where a one-time link leads. */

import { createRoute, lazyRouteComponent } from '@tanstack/react-router';

import { rootRoute } from '../../app/routes';

/** What the address of the sign-in page may hold. */
export interface SignInSearch {
  /** Where to go afterwards, on this site. */
  next?: string | undefined;
  /** Why one is here. */
  reason?: 'expired' | 'redeemed' | undefined;
}

export const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): SignInSearch => ({
    // What is left out here would stay as it is in the address; what is undefined is gone.
    next: typeof search['next'] === 'string' && isOnThisSite(search['next']) ? search['next'] : undefined,
    reason: search['reason'] === 'expired' || search['reason'] === 'redeemed' ? search['reason'] : undefined,
  }),
  component: lazyRouteComponent(() => import('./sign-in-page'), 'SignInPage'),
});

/** The link's token stands behind the `#`, so that it reaches no server's log. */
export const redeemRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/redeem',
  component: lazyRouteComponent(() => import('./redeem-page'), 'RedeemPage'),
});

/** Whether an address leads to this site: a link to the sign-in page must not send anybody elsewhere. */
export function isOnThisSite(address: string): boolean {
  return (
    URL.canParse(address, location.origin) &&
    /^\/(?![/\\])/.test(address) &&
    new URL(address, location.origin).origin === location.origin
  );
}
