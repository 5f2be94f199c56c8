/** Calendar days of a time zone, and the instants between which they lie. Days are written as date inputs have them: `2026-11-23`. */

const DAY_MS = 86_400_000;

/** The day that an instant is on. */
export function dayOf(instant: string | number | Date, timeZone: string): string {
  const { year, month, day } = wallOf(new Date(instant).getTime(), timeZone);
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** The first instant of a day. */
export function startOfDay(day: string, timeZone: string): string {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // Clocks that change around midnight may have it twice, or not at all.
  const candidates = [midnight - DAY_MS, midnight + DAY_MS]
    .map((near) => midnight - offsetAt(near, timeZone))
    .filter((candidate) => dayOf(candidate, timeZone) === day);
  return new Date(candidates.length > 0 ? Math.min(...candidates) : midnight).toISOString();
}

/** Whether an instant is the first one of its day. */
export function isStartOfDay(instant: string, timeZone: string): boolean {
  return Date.parse(startOfDay(dayOf(instant, timeZone), timeZone)) === Date.parse(instant);
}

/** The day so many days later. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** How far a time zone is ahead of UTC at an instant. */
function offsetAt(ms: number, timeZone: string): number {
  const { year, month, day, hour, minute, second } = wallOf(ms, timeZone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
}

type Wall = Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number>;

const formatters = new Map<string, Intl.DateTimeFormat>();

function wallOf(ms: number, timeZone: string): Wall {
  let formatter = formatters.get(timeZone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formatters.set(timeZone, formatter);
  }
  const wall: Wall = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (const { type, value } of formatter.formatToParts(ms)) {
    if (type in wall) wall[type as keyof Wall] = Number(value);
  }
  return wall;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
