/** What `./history` has to do. */

import type { CacheStats } from '@admin-metrics/client';
import { describe, expect, it } from 'vitest';

import { CAPACITY, type History, hitRates, latencies, stretches, withPoll } from './history';

const POLL_MS = 5_000;

/** What the page reads of the statistics: counts of both layers. */
function stats(l1: [hits: number, misses: number], l2: [hits: number, misses: number] | null): CacheStats {
  const lookups = ([hits, misses]: [number, number]) => ({
    hits,
    misses,
    hitRate: null,
    latency: { p50Micros: 64, p99Micros: 2048 },
  });
  return {
    instance: { l1: { lookups: lookups(l1) }, l2: l2 && { lookups: lookups(l2) } },
  } as unknown as CacheStats;
}

function polled(polls: readonly CacheStats[], pauseMs = POLL_MS): History {
  let history: History | undefined;
  polls.forEach((poll, index) => (history = withPoll(history, poll, index * pauseMs)));
  if (!history) throw new Error('no polls');
  return history;
}

const values = (points: readonly { value: number | null }[]) => points.map(({ value }) => value);

describe('the rate of hits', () => {
  it('is that between polls, not that since the start of the instance', () => {
    const { samples } = polled([
      stats([900, 100], [1, 1]),
      stats([901, 103], [4, 1]),
      stats([901, 103], [4, 1]),
    ]);
    expect(values(hitRates(samples, 'l1'))).toEqual([null, 0.25, 0.25]);
    expect(values(hitRates(samples, 'l2'))).toEqual([null, 1, 1]);
  });

  it('forgets what is more than a minute ago', () => {
    const polls = Array.from({ length: 30 }, (_, index) => stats(index < 3 ? [0, index] : [0, 2], null));
    const rates = values(hitRates(polled(polls).samples, 'l1'));
    expect(rates[13]).toBe(0);
    expect(rates[20]).toBeNull();
  });

  it('is unknown where nobody asked, and where there is no Redis', () => {
    const { samples } = polled([stats([5, 5], null), stats([5, 5], null)]);
    expect(values(hitRates(samples, 'l1'))).toEqual([null, null]);
    expect(values(hitRates(samples, 'l2'))).toEqual([null, null]);
  });

  it('begins anew where counts do, as another instance has answered', () => {
    const { samples, beginnings } = polled([stats([90, 10], null), stats([2, 2], null), stats([3, 2], null)]);
    expect(values(hitRates(samples, 'l1'))).toEqual([null, null, 1]);
    expect(beginnings).toBe(1);
  });

  it('does not reach over a pause', () => {
    const { samples } = polled([stats([0, 0], null), stats([9, 0], null)], 60_000);
    expect(values(hitRates(samples, 'l1'))).toEqual([null, null]);
  });
});

it('keeps as many samples as it may, the newest', () => {
  const { samples } = polled(Array.from({ length: CAPACITY + 2 }, (_, index) => stats([index, 0], null)));
  expect(samples).toHaveLength(CAPACITY);
  expect(samples[0]?.l1.hits).toBe(2);
});

it('tells latencies as the instance does, once there is one', () => {
  const { samples } = polled([stats([0, 0], null), stats([1, 0], null)]);
  expect(values(latencies(samples, 'l1', 'p99Micros'))).toEqual([null, 2048]);
});

it('draws no line over what is not known', () => {
  const points = [0, 1, null, 3].map((value, index) => ({ at: index * POLL_MS, value }));
  expect(
    stretches([...points, { at: 100_000, value: 5 }]).map((line) => line.map(({ value }) => value)),
  ).toEqual([[0, 1], [3], [5]]);
});
