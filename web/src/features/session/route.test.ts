/** What `./route` has to do. */

import { describe, expect, it } from 'vitest';

import { isOnThisSite } from './route';

describe('where sign-in leads to', () => {
  it.each(['/', '/users?status=active', '/leads#x'])('%s is on this site', (address) => {
    expect(isOnThisSite(address)).toBe(true);
  });

  it.each([
    '//elsewhere.example',
    '/\\elsewhere.example',
    'https://elsewhere.example',
    'javascript:alert(1)',
    '',
  ])('%s is not', (address) => {
    expect(isOnThisSite(address)).toBe(false);
  });
});
