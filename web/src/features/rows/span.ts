/** Two instants as people say them: from one day to another, or from one minute to another where they are not whole days. */

import { addDays, dayOf, isStartOfDay, startOfDay } from './days';

/** A half-open interval; either end may be missing. */
export interface Span {
  from?: string | undefined;
  to?: string | undefined;
}

/** How it is said. The last day is in it, a last instant is not. */
export type SaidSpan = { unit: 'day' | 'minute' } & Span;

/** An interval as it is said in a time zone. */
export function sayAs({ from, to }: Span, timeZone: string): SaidSpan {
  const isWhole = [from, to].every((end) => end === undefined || isStartOfDay(end, timeZone));
  if (!isWhole) return { unit: 'minute', from, to };
  return {
    unit: 'day',
    from: from === undefined ? undefined : dayOf(from, timeZone),
    to: to === undefined ? undefined : addDays(dayOf(to, timeZone), -1),
  };
}

/** What a date input shows for one end: nothing where that is not a whole day. */
export function inputOf(end: keyof Span, instant: string | undefined, timeZone: string): string {
  if (instant === undefined || !isStartOfDay(instant, timeZone)) return '';
  const day = dayOf(instant, timeZone);
  return end === 'from' ? day : addDays(day, -1);
}

/** Whether an interval ends before it begins, so that nothing can be in it. */
export function isReversed({ from, to }: Span): boolean {
  return from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to);
}

/** The end of an interval that a date input means; undefined where it is empty. */
export function instantOf(end: keyof Span, input: string, timeZone: string): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(input)) return undefined;
  return startOfDay(end === 'from' ? input : addDays(input, 1), timeZone);
}
