/** What `./sparkline` has to do. */

import { describe, expect, it } from 'vitest';

import { sparkPaths } from './sparkline';

describe('a sparkline', () => {
  it('goes from 0 at the foot to the largest at the top', () => {
    expect(sparkPaths([0, 10, 5]).line).toBe('M0,30L50,2L100,16');
  });

  it('has gaps where there is no value, and dots between gaps', () => {
    expect(sparkPaths([4, null, 4, 4, null]).line).toBe('M0,16h0.01M50,16L75,16');
  });

  it('of zeros lies at the foot', () => {
    expect(sparkPaths([0, 0]).line).toBe('M0,30L100,30');
  });

  it('of nothing is nothing', () => {
    expect(sparkPaths([])).toEqual({ line: '', area: '' });
    expect(sparkPaths([null, null])).toEqual({ line: '', area: '' });
  });
});
