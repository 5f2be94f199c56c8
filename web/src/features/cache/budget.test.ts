/** What `./budget` has to do. */

import { expect, it } from 'vitest';

import { levelOf, outlookOf } from './budget';

it.each([
  ['none', 500, 900, null],
  ['within', 100, 900, 1000],
  ['close', 100, 901, 1000],
  ['close', 100, 1000, 1000],
  ['over', 100, 1001, 1000],
  ['used-up', 1000, 4000, 1000],
  ['used-up', 0, 0, 0],
] as const)('it is %s: %i so far, %i by the end, of %s', (outlook, month, forecast, budget) => {
  expect(outlookOf({ month, forecast, budget })).toBe(outlook);
});

it('takes a level that it does not know for the highest', () => {
  expect([0, 3, 7].map(levelOf)).toEqual([0, 3, 3]);
});
