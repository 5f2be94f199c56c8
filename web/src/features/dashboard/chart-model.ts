/** What a chart draws: the buckets and series of an answer, with their names in the language of the page. */

import type { Charts, IntervalMeta, SeriesKey } from '@admin-metrics/client';
import type { useFormatter } from 'use-intl';

/** A day or a month on the horizontal axis. */
export interface Point {
  /** In full. */
  name: string;
  /** As short as an axis needs it; a second line where another year begins. */
  tick: string;
  /** The window cuts it: it holds less than its day or month. */
  isPartial: boolean;
  /** The instants it is between. */
  window: IntervalMeta;
}

/** A line. */
export interface Line {
  key: SeriesKey;
  name: string;
  /** Which colour of the series. */
  colour: 1 | 2 | 3 | 4 | 5;
  values: readonly number[];
  previous: readonly number[];
  total: number;
}

type DateFormatter = Pick<ReturnType<typeof useFormatter>, 'dateTime'>;

/** The buckets of `charts` as points. */
export function pointsOf({ buckets, granularity }: Charts, format: DateFormatter): Point[] {
  return buckets.map(({ label, startAt, endAt, partial }, index) => {
    // The label is a date of the zone that was asked for; it is written as it is.
    const date = new Date(granularity === 'day' ? `${label}T00:00:00Z` : `${label}-01T00:00:00Z`);
    const utc = { timeZone: 'UTC' } as const;
    const isYearTold = index === 0 || date.getUTCMonth() === 0;
    return {
      name:
        granularity === 'day'
          ? format.dateTime(date, {
              weekday: 'short',
              day: 'numeric',
              month: 'short',
              year: 'numeric',
              ...utc,
            })
          : format.dateTime(date, { month: 'long', year: 'numeric', ...utc }),
      tick:
        granularity === 'day'
          ? format.dateTime(date, { day: 'numeric', month: 'short', ...utc })
          : format.dateTime(date, { month: 'short', ...utc }) +
            (isYearTold ? `\n${date.getUTCFullYear()}` : ''),
      isPartial: partial,
      window: { from: startAt, to: endAt },
    };
  });
}

/** Which of `count` points have a tick where `room` fit: evenly apart, the last among them. */
export function ticksOf(count: number, room: number): number[] {
  const step = Math.max(1, Math.ceil(count / Math.max(1, room)));
  return Array.from({ length: count }, (_, index) => index).filter(
    (index) => (count - 1 - index) % step === 0,
  );
}

/** A line's values where its stretches are complete, and where they are not; both hold the points they meet at. */
export function splitAtPartial(
  values: readonly number[],
  points: readonly Pick<Point, 'isPartial'>[],
): { whole: (number | null)[]; partial: (number | null)[] } {
  const isPartial = (index: number) => points[index]?.isPartial === true;
  return {
    whole: values.map((value, index) => (isPartial(index) ? null : value)),
    partial: values.map((value, index) =>
      isPartial(index) || isPartial(index - 1) || isPartial(index + 1) ? value : null,
    ),
  };
}
