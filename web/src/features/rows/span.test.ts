/** What `./span` has to do. */

import { describe, expect, it } from 'vitest';

import { addDays, dayOf, startOfDay } from './days';
import { inputOf, instantOf, isReversed, sayAs } from './span';

const PARIS = 'Europe/Paris';

describe('days of a time zone', () => {
  it.each([
    ['2026-11-23', PARIS, '2026-11-22T23:00:00.000Z'],
    ['2026-03-29', PARIS, '2026-03-28T23:00:00.000Z'],
    ['2026-03-30', PARIS, '2026-03-29T22:00:00.000Z'],
    ['2026-10-26', PARIS, '2026-10-25T23:00:00.000Z'],
    ['2026-11-23', 'UTC', '2026-11-23T00:00:00.000Z'],
    ['2026-11-23', 'Asia/Kolkata', '2026-11-22T18:30:00.000Z'],
    ['2026-11-23', 'Pacific/Kiritimati', '2026-11-22T10:00:00.000Z'],
    // Clocks go from 00:00 to 01:00, and from 01:00 back to 00:00.
    ['2026-03-29', 'Asia/Beirut', '2026-03-28T22:00:00.000Z'],
    ['2026-11-01', 'America/Havana', '2026-11-01T04:00:00.000Z'],
  ])('%s in %s begins at %s', (day, zone, start) => {
    expect(startOfDay(day, zone)).toBe(start);
    expect(dayOf(start, zone)).toBe(day);
    expect(dayOf(Date.parse(start) - 1, zone)).toBe(addDays(day, -1));
  });
});

describe('a filter by time', () => {
  it('is said in days where it is whole days, the last one included', () => {
    const span = { from: '2026-10-24T22:00:00Z', to: '2026-11-23T23:00:00Z' };
    expect(sayAs(span, PARIS)).toEqual({ unit: 'day', from: '2026-10-25', to: '2026-11-23' });
  });

  it('is said as it is where it ends within a day', () => {
    const span = { from: '2026-10-24T22:00:00Z', to: '2026-11-23T13:05:00Z' };
    expect(sayAs(span, PARIS)).toEqual({ unit: 'minute', ...span });
    expect(sayAs({ to: span.to }, PARIS)).toEqual({ unit: 'minute', from: undefined, to: span.to });
  });

  it('ends after it begins', () => {
    const day = (end: 'from' | 'to', text: string) => instantOf(end, text, PARIS);
    expect(isReversed({ from: day('from', '2026-11-23'), to: day('to', '2026-11-23') })).toBe(false);
    expect(isReversed({ from: day('from', '2026-11-24'), to: day('to', '2026-11-23') })).toBe(true);
    expect(isReversed({ from: day('from', '2026-11-24') })).toBe(false);
  });

  it('stands in an input where it is a whole day, and comes back as it was', () => {
    const [from, to] = ['2026-10-24T22:00:00.000Z', '2026-11-23T23:00:00.000Z'];
    expect(inputOf('from', from, PARIS)).toBe('2026-10-25');
    expect(inputOf('to', to, PARIS)).toBe('2026-11-23');
    expect(instantOf('from', '2026-10-25', PARIS)).toBe(from);
    expect(instantOf('to', '2026-11-23', PARIS)).toBe(to);
    expect(inputOf('to', '2026-11-23T13:05:00Z', PARIS)).toBe('');
    expect(instantOf('from', '', PARIS)).toBeUndefined();
  });
});
