/** What an invalidation has done, as the statistics before and after tell it. */

import type { CacheStats, CacheTag, InvalidationOutcome } from '@admin-metrics/client';

/** The tags, in the order in which they are shown. */
export const TAGS = ['users', 'proposals', 'leads', 'all'] as const satisfies readonly CacheTag[];

/** An invalidation that was made here. */
export interface Invalidated {
  tag: CacheTag;
  outcome: InvalidationOutcome;
  /** The statistics before it. */
  before: CacheStats;
}

/** What has happened since. */
export interface Effect {
  /** Lookups in memory that found nothing. */
  misses: number;
  /** Loads from the database. */
  loads: number;
  /** Whether the tag's version is a newer one. */
  hasMoved: boolean;
  /** Whether the same instance tells it; otherwise its counts say nothing. */
  isComparable: boolean;
}

/** Compares the statistics of now with those before. */
export function effectOf({ tag, before }: Invalidated, now: CacheStats): Effect {
  const misses = now.instance.l1.lookups.misses - before.instance.l1.lookups.misses;
  const loads = loadsOf(now) - loadsOf(before);
  return {
    misses,
    loads,
    hasMoved: versionOf(now, tag) > versionOf(before, tag),
    isComparable: misses >= 0 && loads >= 0,
  };
}

/** A tag's version; 0 where there is none. */
export function versionOf({ instance }: CacheStats, tag: CacheTag): number {
  return instance.tagVersions[tag] ?? 0;
}

/** When a version was made: it is the time, in microseconds. */
export function timeOfVersion(version: number): Date | null {
  return version > 0 ? new Date(version / 1000) : null;
}

function loadsOf({ instance }: CacheStats): number {
  return Object.values(instance.parts).reduce((sum, { loads }) => sum + loads, 0);
}
