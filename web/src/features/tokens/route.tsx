/** Where the page is, and what its address may hold. */

import { createRoute, lazyRouteComponent } from '@tanstack/react-router';

import { appRoute } from '../../app/routes';

export const tokensRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/tokens',
  component: lazyRouteComponent(() => import('./page'), 'TokensPage'),
});
