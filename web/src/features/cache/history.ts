/** What the page has seen of the cache since it was opened: a sample of each poll, the oldest forgotten first. */

import type { CacheStats, LayerStats } from '@admin-metrics/client';

/** A layer of the cache. */
export type Layer = 'l1' | 'l2';

/** What one poll told. */
export interface Sample {
  /** When, in milliseconds of this browser's clock. */
  at: number;
  l1: LayerStats;
  /** Null where there is no Redis. */
  l2: LayerStats | null;
  /** Whether its counts began anew: the instance was restarted, or another one answered. */
  isNewBeginning: boolean;
}

/** The samples, oldest first, and the whole of the newest. */
export interface History {
  samples: readonly Sample[];
  latest: CacheStats;
  /** How often counts began anew. */
  beginnings: number;
}

/** How many samples are kept: half an hour of polls every five seconds. */
export const CAPACITY = 360;
/** Over how long a rate is taken: over a poll or two it would jump. */
const WINDOW_MS = 60_000;
/** After a longer pause than this nobody knows what was in between. */
const LONGEST_GAP_MS = 20_000;

/** The history with one more poll. */
export function withPoll(history: History | undefined, stats: CacheStats, at: number): History {
  const { l1, l2 } = stats.instance;
  const before = history?.samples.at(-1);
  const isNewBeginning = before !== undefined && hasBegunAnew(before, l1.lookups, l2?.lookups ?? null);
  const sample: Sample = { at, l1: l1.lookups, l2: l2?.lookups ?? null, isNewBeginning };
  return {
    samples: [...(history?.samples ?? []), sample].slice(-CAPACITY),
    latest: stats,
    beginnings: (history?.beginnings ?? 0) + (isNewBeginning ? 1 : 0),
  };
}

/** A value at a time; null where there is none, which interrupts a line. */
export interface Point {
  at: number;
  value: number | null;
}

/**
 * The rate of hits over the minute before each sample, or since the first one; null where nobody asked in that time. What was
 * counted before the page was opened is not in it.
 */
export function hitRates(samples: readonly Sample[], layer: Layer): Point[] {
  let first = 0;
  return samples.map((sample, index) => {
    const before = samples[index - 1];
    if (before === undefined || isBreak(before, sample)) first = index;
    while (first < index - 1 && sample.at - (samples[first]?.at ?? 0) > WINDOW_MS) first += 1;
    const now = sample[layer];
    const then = samples[first]?.[layer];
    if (!now || !then) return { at: sample.at, value: null };
    const hits = now.hits - then.hits;
    const lookups = hits + now.misses - then.misses;
    return { at: sample.at, value: lookups > 0 ? hits / lookups : null };
  });
}

/** How long lookups took, as the instance told at each sample: a quantile of all since it was started. */
export function latencies(
  samples: readonly Sample[],
  layer: Layer,
  quantile: keyof LayerStats['latency'],
): Point[] {
  return samples.map((sample) => {
    const lookups = sample[layer];
    const isKnown = lookups !== null && lookups.hits + lookups.misses > 0;
    return { at: sample.at, value: isKnown ? lookups.latency[quantile] : null };
  });
}

/** Stretches of points without a break: what is drawn as one line each. */
export function stretches(points: readonly Point[]): { at: number; value: number }[][] {
  const found: { at: number; value: number }[][] = [];
  let current: { at: number; value: number }[] | undefined;
  let before: Point | undefined;
  for (const { at, value } of points) {
    if (value === null) {
      current = undefined;
    } else {
      if (current === undefined || (before && at - before.at > LONGEST_GAP_MS)) found.push((current = []));
      current.push({ at, value });
    }
    before = { at, value };
  }
  return found;
}

function isBreak(before: Sample, sample: Sample): boolean {
  return sample.isNewBeginning || sample.at - before.at > LONGEST_GAP_MS;
}

// Counts only grow while a process lives.
function hasBegunAnew(before: Sample, l1: LayerStats, l2: LayerStats | null): boolean {
  const fell = (then: LayerStats, now: LayerStats) => now.hits < then.hits || now.misses < then.misses;
  return (
    fell(before.l1, l1) ||
    (before.l2 === null) !== (l2 === null) ||
    (before.l2 !== null && l2 !== null && fell(before.l2, l2))
  );
}
