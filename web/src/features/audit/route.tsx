/** Where the page is, and what its address may hold: the filters of the log, where in it one is, and which entry is open. */

import {
  AuditAction,
  AuditActorKind,
  AuditSubjectKind,
  type ListAuditEntriesData,
} from '@admin-metrics/client';
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';

import { appRoute } from '../../app/routes';
import { choice, choices, id, instant, type ListSearch, type Reader, searchReader } from '../rows/search';

/** The filters that the log has. */
export type AuditQuery = NonNullable<ListAuditEntriesData['query']>;

/** What the address may hold. */
export type AuditSearch = ListSearch<AuditQuery>;

/** A request's id, which may look like a number. */
const requestId: Reader<string> = (raw) => {
  const text = typeof raw === 'number' ? String(raw) : raw;
  return typeof text === 'string' && /^[\w.-]{1,64}$/.test(text) ? text : undefined;
};

/** Reads the address. */
export const readAuditSearch = searchReader<AuditQuery>({
  actorId: id,
  actorKind: choice(AuditActorKind),
  action: choices(AuditAction),
  subjectKind: choice(AuditSubjectKind),
  subjectId: id,
  requestId,
  createdFrom: instant,
  createdTo: instant,
});

export const auditRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/audit',
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => import('./page'), 'AuditPage'),
});
