/** Where the dashboard is, and what its address may hold. */

import { createRoute, lazyRouteComponent } from '@tanstack/react-router';

import { appRoute } from '../../app/routes';
import { dashboardOptions } from './query';
import { readSearch } from './search';

export const dashboardRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/',
  validateSearch: readSearch,
  loaderDeps: ({ search }) => search,
  // The numbers are on their way while the page is loaded; it shows what comes of it.
  loader: ({ context, deps }) => {
    context.queryClient.query(dashboardOptions(deps)).catch(() => undefined);
  },
  component: lazyRouteComponent(() => import('./page'), 'DashboardPage'),
});
