/** What the dashboard's address may hold: for which days, and whose days they are. */

import { Period } from '@admin-metrics/client';

/** The periods there are. */
export const PERIODS = Object.values(Period);

/** What the service takes where nothing is said. */
export const DEFAULT_PERIOD: Period = '30d';
export const DEFAULT_ZONE = 'Europe/Paris';

/** What the address may hold. What is left out is the default. */
export interface DashboardSearch {
  period?: Period | undefined;
  tz?: string | undefined;
}

/** Reads an address. What it says that makes no sense is dropped. */
export function readSearch(search: Record<string, unknown>): DashboardSearch {
  // What is undefined here is gone; what is not named would stay as it is in the address.
  return { period: PERIODS.find((known) => known === search['period']), tz: zoneOf(search['tz']) };
}

/** What to ask the service for. */
export function queryOf({ period = DEFAULT_PERIOD, tz = DEFAULT_ZONE }: DashboardSearch): {
  period: Period;
  tz: string;
} {
  return { period, tz };
}

/** Every time zone that this browser knows by its main name. */
export function allZones(): string[] {
  const zones = Intl.supportedValuesOf('timeZone');
  return zones.includes('UTC') ? zones : ['UTC', ...zones];
}

/** The name of a time zone as the service writes it, if it is one. */
function zoneOf(raw: unknown): string | undefined {
  // A browser may take `+01:00` for one, too.
  if (typeof raw !== 'string' || !/^[A-Za-z]/.test(raw)) return undefined;
  try {
    new Intl.DateTimeFormat('en', { timeZone: raw });
  } catch {
    return undefined;
  }
  // The service minds the case.
  return allZones().find((zone) => zone.toLowerCase() === raw.toLowerCase()) ?? raw;
}
