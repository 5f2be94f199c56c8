/**
 * What the address of a list may hold: the service's filters under the service's names, where in the list one is, and
 * which row is open. What the service would refuse is dropped: an address comes from anywhere.
 */

/** How many rows a page of a list may have. */
export const PAGE_SIZES = [10, 25, 50, 100] as const;
export type PageSize = (typeof PAGE_SIZES)[number];

/** Where in a list one is, and what is open above it. */
export interface Place {
  /** The service's cursor of the page. */
  cursor?: string;
  /** How many rows a page has. */
  limit?: PageSize;
  /** The time zone in which days are meant; the browser's if left out. */
  tz?: string;
  /** The id of the row that is open. */
  row?: string;
  /** A form that is open: for a new row, or for the row that is open. */
  form?: 'new' | 'edit';
}

type Paging = 'cursor' | 'limit' | 'count';

/** What the address of a list may hold whose query is `Query`. */
export type ListSearch<Query extends object> = Omit<Query, Paging> & Place;

/** Reads one value of an address; undefined where it is none that the service would take. */
export type Reader<Value> = (raw: unknown) => Value | undefined;

/** How each filter of a list is read. */
export type FilterReaders<Query extends object> = {
  [Name in keyof Omit<Required<Query>, Paging>]: Reader<NonNullable<Query[Name & keyof Query]>>;
};

/** Makes what reads the address of a list. */
export function searchReader<Query extends object>(
  filters: FilterReaders<Query>,
): (search: Record<string, unknown>) => ListSearch<Query> {
  const readers: Record<string, Reader<unknown>> = { ...filters, ...PLACE };
  return (search) => {
    // What is undefined here is gone; what is not named would stay as it is in the address.
    const names = [...Object.keys(search), ...Object.keys(readers)];
    const entries = names.map((name) => [name, readers[name]?.(search[name])] as const);
    // Each name has the value that its reader gives.
    return Object.fromEntries(entries) as ListSearch<Query>;
  };
}

/** One of `values`. */
export function choice<Value extends string>(values: Readonly<Record<string, Value>>): Reader<Value> {
  const read = choices(values);
  return (raw) => {
    const chosen = read(raw);
    return chosen?.length === 1 ? chosen[0] : undefined;
  };
}

/** Some of `values`, each once; a single one may stand alone. */
export function choices<Value extends string>(values: Readonly<Record<string, Value>>): Reader<Value[]> {
  const known = Object.values(values);
  return (raw) => {
    const given: unknown[] = Array.isArray(raw) ? raw : [raw];
    const chosen = known.filter((value) => given.includes(value));
    return chosen.length > 0 ? chosen : undefined;
  };
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** An instant (RFC 3339), unchanged. */
export const instant: Reader<string> = (raw) =>
  typeof raw === 'string' && INSTANT.test(raw) && isDay(raw.slice(0, 10)) && !Number.isNaN(Date.parse(raw))
    ? raw
    : undefined;

/** Whether a date is in the calendar: the 30th of February is not, though browsers read it. */
function isDay(date: string): boolean {
  const read = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(read.getTime()) && read.toISOString().startsWith(date);
}

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/** A row's id. */
export const id: Reader<string> = (raw) => (typeof raw === 'string' && UUID.test(raw) ? raw : undefined);

/** The longest text that the service searches for. */
export const MAX_SEARCH_LENGTH = 200;

/** A text to search for. One that looks like a number or a truth value was read as such. */
export const text: Reader<string> = (raw) => {
  if (typeof raw !== 'string' && typeof raw !== 'number' && typeof raw !== 'boolean') return undefined;
  const searched = String(raw);
  const isTaken = searched.trim() !== '' && searched.length <= MAX_SEARCH_LENGTH && !/\p{Cc}/u.test(searched);
  return isTaken ? searched : undefined;
};

const timeZone: Reader<string> = (raw) => {
  if (typeof raw !== 'string' || raw === '') return undefined;
  try {
    Intl.DateTimeFormat('en', { timeZone: raw });
    return raw;
  } catch {
    return undefined;
  }
};

const PLACE: { [Name in keyof Required<Place>]: Reader<NonNullable<Place[Name]>> } = {
  cursor: (raw) => (typeof raw === 'string' && raw.length > 0 ? raw : undefined),
  limit: (raw) => PAGE_SIZES.find((size) => size === Number(raw)),
  tz: timeZone,
  row: id,
  form: choice({ new: 'new', edit: 'edit' }),
};

/** The filters of a list: what the service is asked for, by its names. */
export type Filters = Record<string, string | readonly string[] | undefined>;

/** An address as its filters and its place. */
export function partsOf(search: object): { filters: Filters; place: Place } {
  const all: [string, unknown][] = Object.entries(search);
  const entries = all.filter(([, value]) => value !== undefined);
  const isPlace = ([name]: [string, unknown]) => name in PLACE;
  return {
    // The rest was read by the readers of filters.
    filters: Object.fromEntries(entries.filter((entry) => !isPlace(entry))) as Filters,
    place: Object.fromEntries(entries.filter(isPlace)),
  };
}

/** The address of the first page of what `filters` let through; what is open above the list is closed. */
export function filtered(place: Place, filters: Filters): object {
  const { limit, tz } = place;
  return { ...filters, ...(limit && { limit }), ...(tz !== undefined && { tz }) };
}
