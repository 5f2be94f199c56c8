/** What `./effect` has to do. */

import type { CacheStats } from '@admin-metrics/client';
import { expect, it } from 'vitest';

import { effectOf, timeOfVersion } from './effect';

function stats(misses: number, loads: readonly number[], users: number): CacheStats {
  const parts = Object.fromEntries(loads.map((count, index) => [`part${index}`, { loads: count }]));
  return {
    instance: { l1: { lookups: { misses } }, parts, tagVersions: { users } },
  } as unknown as CacheStats;
}

const invalidated = { tag: 'users', outcome: 'applied', before: stats(10, [2, 3], 700) } as const;

it('tells what was missed and loaded since an invalidation', () => {
  expect(effectOf(invalidated, stats(14, [3, 5], 701))).toEqual({
    misses: 4,
    loads: 3,
    hasMoved: true,
    isComparable: true,
  });
});

it('says nothing of counts that another instance tells', () => {
  expect(effectOf(invalidated, stats(2, [0, 1], 701))).toMatchObject({ isComparable: false, hasMoved: true });
});

it('knows a version that has not moved', () => {
  expect(effectOf(invalidated, stats(10, [2, 3], 700)).hasMoved).toBe(false);
});

it('reads the time out of a version', () => {
  expect(timeOfVersion(1_795_456_574_830_434)?.toISOString()).toBe('2026-11-23T17:56:14.830Z');
  expect(timeOfVersion(0)).toBeNull();
});
