/** Where the page is, and what its address may hold. */

import { createRoute, lazyRouteComponent } from '@tanstack/react-router';

import { appRoute } from '../../app/routes';

export const cacheRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/cache',
  component: lazyRouteComponent(() => import('./page'), 'CachePage'),
});
