/** The dashboard's one request. */

import type { Dashboard } from '@admin-metrics/client';
import { getDashboardOptions } from '@admin-metrics/client/query';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { createContext, useContext } from 'react';

import { metrics } from '../../app/client';
import { type DashboardSearch, queryOf } from './search';

/** How to ask for the dashboard of a period. */
export function dashboardOptions(search: DashboardSearch) {
  return {
    ...getDashboardOptions({ query: queryOf(search) }),
    // An answer stays the object that it came as: its headers are known by it.
    structuralSharing: false as const,
  };
}

/** The dashboard of a period; of the one before while it is on its way. */
export function useDashboard(search: DashboardSearch) {
  return useQuery({ ...dashboardOptions(search), placeholderData: keepPreviousData });
}

/** What is shown, and how it came here. */
export interface Shown {
  answer: Dashboard;
  headers: Headers | undefined;
  /** When it came, by this browser's clock. */
  receivedAt: number;
  /** Whether reading it again has failed since. */
  hasFailed: boolean;
}

/** What is shown, of what a query has. */
export function shownOf(answer: Dashboard, receivedAt: number, hasFailed: boolean): Shown {
  return { answer, headers: metrics.headersOf(answer), receivedAt, hasFailed };
}

/** For the parts of the page. */
export const ShownContext = createContext<Shown | undefined>(undefined);

/** What is shown, in a part of the page. */
export function useShown(): Shown {
  const shown = useContext(ShownContext);
  if (!shown) throw new Error('there is no dashboard around this');
  return shown;
}

/** The last instant of a window, whose end belongs to what comes after it. */
export function lastOf({ to }: { to: string }): Date {
  return new Date(Date.parse(to) - 1);
}
