/** Where in a list one is, by the page's address, and how to go elsewhere in it. */

import { useNavigate, useRouterState, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';

import { type Filters, filtered, partsOf, type Place } from './search';
import type { Source, Row } from './sources';

declare module '@tanstack/history' {
  interface HistoryState {
    /** The cursors of the pages before the one of the address; with them one can go back in a list. */
    cursorsBefore?: readonly string[] | undefined;
  }
}

/** How many rows a page has, unless said. */
const DEFAULT_LIMIT = 25;

/** The cursor of the first page, among others. */
const FIRST = '';

export interface ListPlace extends Place {
  filters: Filters;
  limit: NonNullable<Place['limit']>;
  /** How many pages are before this one; undefined where one came here by a link. */
  pagesBefore: number | undefined;
  /** The address with a row open, or another thing; for links. */
  with: (change: Partial<Pick<Place, 'row' | 'form'>>) => object;
  open: (change: Partial<Pick<Place, 'row' | 'form'>>) => void;
  close: () => void;
  filter: (filters: Filters, options?: { isTyping?: boolean }) => void;
  setLimit: (limit: Place['limit']) => void;
  goOn: (cursor: string) => void;
  goBack: () => void;
  goToFirst: () => void;
}

/** Where in the list of `source` one is. */
export function usePlace<R extends Row>({ path }: Source<R>): ListPlace {
  const search: object = useSearch({ strict: false });
  const before = useRouterState({ select: ({ location }) => location.state.cursorsBefore });
  const navigate = useNavigate();
  return useMemo(() => {
    const { filters, place } = partsOf(search);
    const pagesBefore = place.cursor === undefined ? 0 : before?.length;
    const go = (next: object, cursorsBefore: readonly string[] | undefined, replace = false) =>
      void navigate({
        to: path,
        // Each list has its own names; they came from its own readers.
        search: next as never,
        state: { cursorsBefore },
        replace,
        resetScroll: false,
      });
    const withOpen = ({ row = place.row, form }: Partial<Place>) => ({
      ...withoutOpen(search),
      ...(row !== undefined && { row }),
      ...(form && { form }),
    });
    return {
      ...place,
      filters,
      limit: place.limit ?? DEFAULT_LIMIT,
      pagesBefore,
      with: withOpen,
      open: (change) => go(withOpen(change), before),
      close: () => go(withoutOpen(search), before),
      filter: (next, { isTyping = false } = {}) => go(filtered(place, next), undefined, isTyping),
      setLimit: (limit) => go({ ...filtered(place, filters), ...(limit && { limit }) }, undefined),
      goOn: (cursor) =>
        go(
          { ...filtered(place, filters), cursor },
          pagesBefore === undefined ? undefined : [...(before ?? []), place.cursor ?? FIRST],
        ),
      goBack: () => {
        const cursor = before?.at(-1);
        go({ ...filtered(place, filters), ...(cursor && { cursor }) }, before?.slice(0, -1));
      },
      goToFirst: () => go(filtered(place, filters), undefined),
    };
  }, [search, before, navigate, path]);
}

function withoutOpen(search: object): object {
  return Object.fromEntries(Object.entries(search).filter(([name]) => name !== 'row' && name !== 'form'));
}
