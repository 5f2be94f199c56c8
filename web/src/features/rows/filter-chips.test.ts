/** What `./filter-chips` has to do. */

import { describe, expect, it } from 'vitest';

import { leaveOut } from './filter-chips';

describe('taking a filter away', () => {
  const filters = { status: ['new', 'lost'], createdFrom: 'a', createdTo: 'b', q: 'x' };

  it('leaves the others, and the other values of the same', () => {
    expect(leaveOut(filters, ['status'], 'new')).toEqual({ ...filters, status: ['lost'] });
    expect(leaveOut({ status: ['new'], q: 'x' }, ['status'], 'new')).toEqual({ q: 'x' });
    expect(leaveOut({ role: 'admin' }, ['role'], 'admin')).toEqual({});
  });

  it('takes both ends of a time', () => {
    expect(leaveOut(filters, ['createdFrom', 'createdTo'])).toEqual({ status: filters.status, q: 'x' });
  });
});
