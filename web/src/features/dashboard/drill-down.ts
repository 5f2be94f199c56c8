/**
 * From a number to the rows that it counts: the list, and the filters under which the list has as many rows as the number
 * says. Windows are half-open here and there, so the instants of an answer's `meta` are the filters' values as they are.
 */

import type {
  IntervalMeta,
  KpiKey,
  LeadStatus,
  ListLeadsData,
  ListProposalsData,
  ListUsersData,
  Meta,
  ProposalStatus,
  SeriesKey,
} from '@admin-metrics/client';

/** In which time zone the list shows days, and which row is open. */
interface Place {
  tz?: string;
  row?: string;
}

/** A list with filters. */
export type RowsTarget =
  | { to: '/users'; search: NonNullable<ListUsersData['query']> & Place }
  | { to: '/proposals'; search: NonNullable<ListProposalsData['query']> & Place }
  | { to: '/leads'; search: NonNullable<ListLeadsData['query']> & Place };

/** The rows behind a figure. */
export interface FigureRows {
  /** What the value counts or sums up; of a rate or an average, the rows of its numerator. */
  counted: RowsTarget;
  /** Of a rate or an average: the rows of its denominator. */
  outOf?: RowsTarget;
}

/** The rows behind a figure of the window in `meta`. */
export function rowsOfKpi(key: KpiKey, { period }: Meta): FigureRows {
  const { from, to, tz } = period;
  const created = { createdFrom: from, createdTo: to, tz };
  const decided = { decidedFrom: from, decidedTo: to, tz };
  switch (key) {
    case 'usersTotal':
      return { counted: { to: '/users', search: { createdTo: to, tz } } };
    case 'usersNew':
      return { counted: { to: '/users', search: created } };
    case 'activationRate':
      return {
        counted: { to: '/users', search: { ...created, activatedBefore: to } },
        outOf: { to: '/users', search: created },
      };
    case 'proposalsNew':
      return { counted: { to: '/proposals', search: created } };
    case 'proposalsSent':
      return { counted: { to: '/proposals', search: { sentFrom: from, sentTo: to, tz } } };
    case 'acceptanceRate':
      return {
        counted: { to: '/proposals', search: { status: ['accepted'], ...decided } },
        outOf: { to: '/proposals', search: decided },
      };
    case 'pendingAmount':
      // Nothing is decided later than now, so what is not decided by the window's end is sent or viewed.
      return {
        counted: { to: '/proposals', search: { status: ['sent', 'viewed'], ...created, sentTo: to } },
      };
    case 'leadsNew':
      return { counted: { to: '/leads', search: created } };
    case 'leadConversionRate':
      return {
        counted: { to: '/leads', search: { ...created, convertedTo: to } },
        outOf: { to: '/leads', search: created },
      };
    case 'leadsPerProposal':
      return {
        counted: { to: '/leads', search: created },
        outOf: { to: '/proposals', search: created },
      };
  }
}

/** The proposals of a row of the breakdown. */
export function rowsOfProposalStatus(status: ProposalStatus, { period }: Meta): RowsTarget {
  const { from, to, tz } = period;
  return { to: '/proposals', search: { status: [status], createdFrom: from, createdTo: to, tz } };
}

/** The leads of a row of the breakdown. */
export function rowsOfLeadStatus(status: LeadStatus, { period }: Meta): RowsTarget {
  const { from, to, tz } = period;
  return { to: '/leads', search: { status: [status], createdFrom: from, createdTo: to, tz } };
}

/** The rows that a series counts in a bucket, or in all of the window. */
export function rowsOfSeries(key: SeriesKey, { from, to }: IntervalMeta, tz: string): RowsTarget {
  const created = { createdFrom: from, createdTo: to, tz };
  switch (key) {
    case 'usersNew':
      return { to: '/users', search: created };
    case 'proposalsNew':
      return { to: '/proposals', search: created };
    case 'proposalsSent':
      return { to: '/proposals', search: { sentFrom: from, sentTo: to, tz } };
    case 'leadsNew':
      return { to: '/leads', search: created };
    case 'leadsConverted':
      return { to: '/leads', search: { convertedFrom: from, convertedTo: to, tz } };
  }
}

/** The users at the funnel's top. No list can be asked for the later steps: they are about chains of rows. */
export function rowsOfFunnelTop({ period }: Meta): RowsTarget {
  const { from, to, tz } = period;
  return { to: '/users', search: { createdFrom: from, createdTo: to, tz } };
}
