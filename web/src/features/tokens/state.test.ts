/** What `./state` has to do. */

import { expect, it } from 'vitest';

import { endOf, stateOf } from './state';

const NOW = new Date('2026-11-23T12:00:00Z');

it.each([
  ['active', null, null],
  ['active', '2026-12-08T00:00:00Z', null],
  ['ending', '2026-12-07T12:00:00Z', null],
  ['ending', '2026-11-23T12:00:01Z', null],
  ['expired', '2026-11-23T12:00:00Z', null],
  ['revoked', null, '2026-11-01T00:00:00Z'],
  ['revoked', '2026-11-02T00:00:00Z', '2026-11-01T00:00:00Z'],
] as const)('is %s: ends %s, revoked %s', (state, expiresAt, revokedAt) => {
  expect(stateOf({ expiresAt, revokedAt }, NOW)).toBe(state);
});

it('ends after so many days, never, or with the day that is chosen', () => {
  expect(endOf('days30', '', NOW)).toBe('2026-12-23T12:00:00.000Z');
  expect(endOf('never', '2027-01-01', NOW)).toBeNull();
  expect(new Date(endOf('chosen', '2027-01-31', NOW) ?? '').getDate()).toBe(31);
  // The service says what is wrong with it.
  expect(endOf('chosen', '', NOW)).toBe('');
});
