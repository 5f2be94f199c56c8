/** Where the list of proposals is, and what its address may hold. */

import { type ListProposalsData, ProposalStatus } from '@admin-metrics/client';
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';

import { appRoute } from '../../app/routes';
import { choices, id, instant, type ListSearch, searchReader, text } from '../rows/search';

/** The filters that the list has. */
export type ProposalsQuery = NonNullable<ListProposalsData['query']>;

/** What the address of the list may hold. */
export type ProposalsSearch = ListSearch<ProposalsQuery>;

/** Reads the address of the list. */
export const readProposalsSearch = searchReader<ProposalsQuery>({
  status: choices(ProposalStatus),
  userId: id,
  createdFrom: instant,
  createdTo: instant,
  sentFrom: instant,
  sentTo: instant,
  decidedFrom: instant,
  decidedTo: instant,
  q: text,
});

export const proposalsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/proposals',
  validateSearch: readProposalsSearch,
  component: lazyRouteComponent(() => import('./page'), 'ProposalsPage'),
});
