/** Where the list of leads is, and what its address may hold. */

import { LeadSource, LeadStatus, type ListLeadsData } from '@admin-metrics/client';
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';

import { appRoute } from '../../app/routes';
import { choice, choices, id, instant, type ListSearch, searchReader, text } from '../rows/search';

/** The filters that the list has. */
export type LeadsQuery = NonNullable<ListLeadsData['query']>;

/** What the address of the list may hold. */
export type LeadsSearch = ListSearch<LeadsQuery>;

/** Reads the address of the list. */
export const readLeadsSearch = searchReader<LeadsQuery>({
  status: choices(LeadStatus),
  source: choice(LeadSource),
  proposalId: id,
  userId: id,
  createdFrom: instant,
  createdTo: instant,
  convertedFrom: instant,
  convertedTo: instant,
  q: text,
});

export const leadsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/leads',
  validateSearch: readLeadsSearch,
  component: lazyRouteComponent(() => import('./page'), 'LeadsPage'),
});
