/** Where the list of users is, and what its address may hold. */

import { type ListUsersData, Role, UserStatus } from '@admin-metrics/client';
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';

import { appRoute } from '../../app/routes';
import { choice, choices, instant, type ListSearch, searchReader, text } from '../rows/search';

/** The filters that the list has. */
export type UsersQuery = NonNullable<ListUsersData['query']>;

/** What the address of the list may hold. */
export type UsersSearch = ListSearch<UsersQuery>;

/** Reads the address of the list. */
export const readUsersSearch = searchReader<UsersQuery>({
  status: choices(UserStatus),
  role: choice(Role),
  createdFrom: instant,
  createdTo: instant,
  activatedBefore: instant,
  q: text,
});

export const usersRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/users',
  validateSearch: readUsersSearch,
  component: lazyRouteComponent(() => import('./page'), 'UsersPage'),
});
