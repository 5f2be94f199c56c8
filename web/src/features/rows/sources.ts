/** Where rows come from: the client's reads of users, proposals and leads, in one form. */

import type { Lead, PageInfo, Proposal, User } from '@admin-metrics/client';
import { type DataTag } from '@admin-metrics/client';
import {
  getLeadOptions,
  getProposalOptions,
  getUserOptions,
  listLeadsOptions,
  listProposalsOptions,
  listUsersOptions,
} from '@admin-metrics/client/query';
import type { UseQueryOptions } from '@tanstack/react-query';

import type { Filters } from './search';

/** What all rows have. */
export interface Row {
  id: string;
  status: string;
  createdAt: string;
  updatedAt: string;
}

/** A page of a list. */
export interface RowPage<R> {
  items: R[];
  page: PageInfo;
}

/** What a list may be asked for. */
export interface ListQuery {
  filters?: Filters;
  cursor?: string | undefined;
  limit?: number;
  /** Whether to count all rows that match. */
  count?: boolean;
}

/** Rows of one kind. */
export interface Source<R extends Row> {
  kind: RowKind;
  path: '/users' | '/proposals' | '/leads';
  tag: DataTag;
  list: (query: ListQuery) => Read<RowPage<R>>;
  get: (id: string) => Read<R>;
  /** What a row is called. */
  nameOf: (row: R) => string;
  /** What tells it from others of that name. */
  noteOf: (row: R) => string;
}

export type RowKind = 'users' | 'proposals' | 'leads';

/** A read, whichever operation it is of. */
export type Read<Data> = UseQueryOptions<Data>;

export const USER_SOURCE: Source<User> = {
  kind: 'users',
  path: '/users',
  tag: 'users',
  list: (query) => read(listUsersOptions({ query: flat(query) })),
  get: (id) => read(getUserOptions({ path: { id } })),
  nameOf: ({ displayName }) => displayName,
  noteOf: ({ email }) => email,
};

export const PROPOSAL_SOURCE: Source<Proposal> = {
  kind: 'proposals',
  path: '/proposals',
  tag: 'proposals',
  list: (query) => read(listProposalsOptions({ query: flat(query) })),
  get: (id) => read(getProposalOptions({ path: { id } })),
  nameOf: ({ title }) => title,
  noteOf: ({ clientName }) => clientName,
};

export const LEAD_SOURCE: Source<Lead> = {
  kind: 'leads',
  path: '/leads',
  tag: 'leads',
  list: (query) => read(listLeadsOptions({ query: flat(query) })),
  get: (id) => read(getLeadOptions({ path: { id } })),
  nameOf: ({ name }) => name,
  noteOf: ({ email }) => email,
};

/** Options of the client for one read, without the form of their key. */
export function read<Data, Key extends readonly unknown[]>(
  options: UseQueryOptions<Data, Error, Data, Key>,
): Read<Data> {
  return options as unknown as Read<Data>;
}

/** What the service is asked for. Filters were read by the list's own readers, so that they are what it takes. */
function flat({ filters, cursor, limit, count }: ListQuery): object {
  return {
    ...filters,
    ...(cursor !== undefined && { cursor }),
    ...(limit !== undefined && { limit }),
    ...(count === true && { count }),
  };
}
