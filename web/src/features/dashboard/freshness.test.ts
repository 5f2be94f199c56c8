/** What `./freshness` has to do. */

import type { Dashboard } from '@admin-metrics/client';
import { describe, expect, it } from 'vitest';

import { ageIn, freshnessOf, originOf, type Part, PARTS } from './freshness';

/** What the service has answered. */
const COMPUTED =
  'l1; fwd=miss; key=overview, l2; fwd=miss; key=overview, l1; fwd=stale; key=charts, l2; fwd=bypass; key=charts, ' +
  'l1; fwd=request; key=recentUsers, l2; fwd=request; key=recentUsers, l1; fwd=miss; key=recentProposals, l2; fwd=miss; key=recentProposals';
const MIXED =
  'l1; fwd=miss; key=overview, l2; hit; ttl=51; key=overview, l1; hit; ttl=57; key=charts, ' +
  'l1; fwd=stale; key=recentUsers, l2; fwd=miss; key=recentUsers, l1; hit; ttl=-12; detail=stale-if-error; key=recentProposals';

describe('where a part came from', () => {
  it.each(PARTS)('%s was computed for this answer', (part) => {
    expect(originOf(part, COMPUTED)).toBe('live');
  });

  it.each([
    ['overview', 'l2'],
    ['charts', 'l1'],
    ['recentUsers', 'live'],
    ['recentProposals', 'stale'],
  ] as const)('%s is told apart from the others: %s', (part, origin) => {
    expect(originOf(part, MIXED)).toBe(origin);
  });

  it.each([
    ['l1; hit; ttl=28', 'l1'],
    ['l1; hit; ttl=26; key=dashboard', 'l1'],
    ['l1; fwd=stale; key=dashboard, l1; hit; ttl=9; key=charts', 'l1'],
    ['l1; hit; ttl=-3; detail=stale-if-error; key=dashboard', 'stale'],
    ['l2; hit; ttl=44; detail=stale-if-error; key=charts', 'stale'],
    ['', 'live'],
  ])('%s: %s', (header, origin) => {
    expect(originOf('charts', header)).toBe(origin);
  });
});

describe('how old a part is', () => {
  const generated: Record<Part, string> = {
    overview: '2026-11-23T17:54:14.396173Z',
    charts: '2026-11-23T17:54:50.396173Z',
    recentUsers: '2026-11-23T17:55:00.000000Z',
    recentProposals: '2026-11-23T17:55:01.000000Z',
  };
  const answer = Object.fromEntries(
    PARTS.map((part) => [part, { meta: { generatedAt: generated[part] } }]),
  ) as unknown as Dashboard;
  // However wrong this browser's clock is.
  const receivedAt = 5_000_000;

  it('the oldest is as old as the header says', () => {
    const headers = new Headers({ Age: '61' });
    expect(freshnessOf('overview', answer, headers, receivedAt).computedAt).toBe(receivedAt - 61_000);
  });

  it('the others are younger by as much as they were computed later', () => {
    const headers = new Headers({ Age: '61' });
    expect(freshnessOf('charts', answer, headers, receivedAt).computedAt).toBe(receivedAt - 25_000);
  });

  it('is never below nothing, with a header rounded down or none at all', () => {
    expect(freshnessOf('recentUsers', answer, new Headers({ Age: '45' }), receivedAt).computedAt).toBe(
      receivedAt,
    );
    expect(freshnessOf('recentUsers', answer, undefined, receivedAt).computedAt).toBe(receivedAt);
  });

  it.each([
    [-5, 'second', 0],
    [12_999, 'second', 12],
    [60_000, 'minute', 1],
    [3_599_999, 'minute', 59],
    [7_200_000, 'hour', 2],
    [172_800_000, 'day', 2],
  ])('%d ms are told in %ss: %d', (ms, unit, count) => {
    expect(ageIn(ms)).toEqual({ unit, count });
  });
});
