/** What `./search` has to do. */

import { describe, expect, it } from 'vitest';

import { queryOf, readSearch } from './search';

describe('the address of the dashboard', () => {
  it.each([
    [{}, {}],
    [
      { period: '7d', tz: 'Asia/Tokyo' },
      { period: '7d', tz: 'Asia/Tokyo' },
    ],
    [{ period: '8d', tz: 'Mars/Olympus' }, {}],
    [{ period: 7, tz: ['Asia/Tokyo'] }, {}],
    [{ tz: 'europe/PARIS' }, { tz: 'Europe/Paris' }],
    [{ tz: 'US/Eastern' }, { tz: 'US/Eastern' }],
    [{ tz: '+02:00' }, {}],
    [{ tz: 'UTC', else: 1 }, { tz: 'UTC' }],
  ])('%j is read as %j', (search, read) => {
    expect(readSearch(search)).toEqual(read);
  });

  it('names what it drops: the router keeps the rest of an address', () => {
    expect(readSearch({ period: '8d', tz: 'Mars/Olympus' })).toHaveProperty('period', undefined);
    expect(readSearch({ period: '8d', tz: 'Mars/Olympus' })).toHaveProperty('tz', undefined);
  });

  it('means the defaults of the service where it says nothing', () => {
    expect(queryOf({})).toEqual({ period: '30d', tz: 'Europe/Paris' });
    expect(queryOf({ period: '7d' })).toEqual({ period: '7d', tz: 'Europe/Paris' });
  });
});
