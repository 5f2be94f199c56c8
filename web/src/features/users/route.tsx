/** Where the page is, and what its address may hold. */

import { createRoute, lazyRouteComponent } from '@tanstack/react-router';

import { appRoute } from '../../app/routes';

export const usersRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/users',
  component: lazyRouteComponent(() => import('./page'), 'UsersPage'),
});
