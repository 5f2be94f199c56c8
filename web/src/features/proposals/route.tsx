/** Where the page is, and what its address may hold. */

import { createRoute, lazyRouteComponent } from '@tanstack/react-router';

import { appRoute } from '../../app/routes';

export const proposalsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/proposals',
  component: lazyRouteComponent(() => import('./page'), 'ProposalsPage'),
});
