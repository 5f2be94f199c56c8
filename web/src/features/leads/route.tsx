/** Where the page is, and what its address may hold. */

import { createRoute, lazyRouteComponent } from '@tanstack/react-router';

import { appRoute } from '../../app/routes';

export const leadsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/leads',
  component: lazyRouteComponent(() => import('./page'), 'LeadsPage'),
});
