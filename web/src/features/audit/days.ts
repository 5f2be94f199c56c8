/** Days of the calendar and the instants between which they lie, in the time zone of this browser. */

/** The beginning of a day (`2026-11-23`), or of the day after it; undefined where it is none. */
export function startOfDay(day: string, daysLater = 0): string | undefined {
  const [year = NaN, month = NaN, date = NaN] = day.split('-').map(Number);
  const start = new Date(year, month - 1, date + daysLater);
  return Number.isNaN(start.getTime()) ? undefined : start.toISOString();
}

/** The day in which an instant lies; with `isEnd`, the last day before it. */
export function dayOf(instant: string, isEnd = false): string {
  const date = new Date(Date.parse(instant) - (isEnd ? 1 : 0));
  const digits = (value: number, count = 2) => String(value).padStart(count, '0');
  return `${digits(date.getFullYear(), 4)}-${digits(date.getMonth() + 1)}-${digits(date.getDate())}`;
}
