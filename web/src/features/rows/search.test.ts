/** What `./search` has to do. */

import { describe, expect, it } from 'vitest';

import { readLeadsSearch } from '../leads/route';
import { readProposalsSearch } from '../proposals/route';
import { readUsersSearch } from '../users/route';
import { filtered, partsOf } from './search';

const ID = '01920000-0000-7000-8000-000000000001';

describe('the address of a list', () => {
  it('keeps what the service takes, as it is', () => {
    const search = {
      status: ['sent', 'viewed'],
      userId: ID,
      createdFrom: '2026-10-24T22:00:00Z',
      createdTo: '2026-11-23T13:05:00.123456Z',
      decidedTo: '2026-11-23T14:05:00+01:00',
      q: 'valjean',
      cursor: 'abc',
      limit: 50,
      tz: 'Europe/Paris',
      row: ID,
      form: 'edit',
    };
    expect(readProposalsSearch(search)).toEqual(search);
  });

  it('drops what the service would refuse', () => {
    expect(
      readUsersSearch({
        status: ['nobody', 7],
        role: ['admin', 'viewer'],
        createdFrom: 'yesterday',
        createdTo: '2026-02-30T00:00:00Z',
        activatedBefore: '2026-11-23',
        q: '   ',
        userId: ID,
        limit: 7,
        row: '1',
        tz: 'Mars/Olympus',
        form: 'delete',
        cursor: 5,
      }),
    ).toEqual({});
  });

  it('names what is to be gone, or the router would keep it', () => {
    const search = readUsersSearch({ x: 'y', role: 'nobody', q: 'a' });
    expect(Object.keys(search)).toEqual(expect.arrayContaining(['x', 'role']));
    expect(search).toEqual({ q: 'a' });
    expect(Object.keys(partsOf(search).filters)).toEqual(['q']);
  });

  it('takes one of several alone, and several of which some are known', () => {
    expect(readLeadsSearch({ status: 'lost', source: ['website'] })).toEqual({
      status: ['lost'],
      source: 'website',
    });
    expect(readLeadsSearch({ status: ['lost', 'x', 'new', 'lost'] })).toEqual({ status: ['new', 'lost'] });
  });

  it('searches for what an address takes for a number', () => {
    expect(readUsersSearch({ q: 42 })).toEqual({ q: '42' });
    expect(readUsersSearch({ q: 'a\u0000' })).toEqual({});
    expect(readUsersSearch({ q: 'x'.repeat(201) })).toEqual({});
  });

  it('is filters and a place; other filters begin at the first page with nothing open', () => {
    const { filters, place } = partsOf(
      readLeadsSearch({ q: 'a', cursor: 'abc', limit: 10, row: ID, form: 'new' }),
    );
    expect(filters).toEqual({ q: 'a' });
    expect(filtered(place, { ...filters, status: ['new'] })).toEqual({ q: 'a', status: ['new'], limit: 10 });
  });
});
