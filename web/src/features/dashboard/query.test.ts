/** What `./query` has to do. */

import { expect, it } from 'vitest';

import { lastOf } from './query';

it('a window that ends with a day does not reach the next one', () => {
  const paris = new Intl.DateTimeFormat('en', { dateStyle: 'short', timeZone: 'Europe/Paris' });
  expect(paris.format(lastOf({ to: '2026-11-22T23:00:00Z' }))).toBe('11/22/26');
});
