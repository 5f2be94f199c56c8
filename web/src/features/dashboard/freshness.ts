/**
 * How new each part of a dashboard is, and where it came from, out of the answer's headers: `Cache-Status` has a member for
 * each layer that was asked for a part, or one for all of it where it was kept as a whole; `Age` is the oldest part's.
 */

import type { Dashboard } from '@admin-metrics/client';

/** The dashboard's parts, as `Cache-Status` names them. */
export const PARTS = ['overview', 'charts', 'recentUsers', 'recentProposals'] as const;
export type Part = (typeof PARTS)[number];

/**
 * Where a part came from: computed for this answer, the memory of the instance, the cache that instances share, or kept
 * from earlier because computing it anew fails.
 */
export type Origin = 'live' | 'l1' | 'l2' | 'stale';

/** How new a part is. */
export interface Freshness {
  origin: Origin;
  /** When it was computed, by this browser's clock. */
  computedAt: number;
}

/** How new `part` of `answer` is, which came with `headers` at `receivedAt`. */
export function freshnessOf(
  part: Part,
  answer: Dashboard,
  headers: Headers | undefined,
  receivedAt: number,
): Freshness {
  return {
    origin: originOf(part, headers?.get('Cache-Status') ?? ''),
    computedAt: receivedAt - ageOf(part, answer, Number(headers?.get('Age') ?? 0) || 0),
  };
}

/** Where `part` came from, out of the header `Cache-Status`. */
export function originOf(part: Part, cacheStatus: string): Origin {
  const members = parseCacheStatus(cacheStatus).filter(({ key }) => key === part || isOfAll(key));
  if (members.some(({ isStale }) => isStale)) return 'stale';
  const hit = members.find(({ isHit }) => isHit);
  return hit?.cache === 'l1' || hit?.cache === 'l2' ? hit.cache : 'live';
}

interface Member {
  cache: string;
  isHit: boolean;
  isStale: boolean;
  key: string | undefined;
}

/** The members of a `Cache-Status` header (RFC 9211). The service's values are tokens and numbers, never quoted. */
function parseCacheStatus(text: string): Member[] {
  return text
    .split(',')
    .map((member) => member.split(';').map((piece) => piece.trim()))
    .map(([cache = '', ...params]) => ({
      cache,
      isHit: params.includes('hit'),
      isStale: params.includes('detail=stale-if-error'),
      key: params.find((param) => param.startsWith('key='))?.slice('key='.length),
    }));
}

function isOfAll(key: string | undefined): boolean {
  return key === undefined || key === 'dashboard';
}

/** How old a part was when the answer was sent, in ms. The server's clock is compared with itself only. */
function ageOf(part: Part, answer: Dashboard, ageOfOldestSecs: number): number {
  const oldest = Math.min(...PARTS.map((each) => generatedAt(each, answer)));
  return Math.max(0, oldest + ageOfOldestSecs * 1000 - generatedAt(part, answer));
}

function generatedAt(part: Part, answer: Dashboard): number {
  return Date.parse(answer[part].meta.generatedAt);
}

/** An age in the largest unit that says enough. */
export function ageIn(ms: number): { unit: 'second' | 'minute' | 'hour' | 'day'; count: number } {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return { unit: 'second', count: seconds };
  if (seconds < 3600) return { unit: 'minute', count: Math.floor(seconds / 60) };
  if (seconds < 86_400) return { unit: 'hour', count: Math.floor(seconds / 3600) };
  return { unit: 'day', count: Math.floor(seconds / 86_400) };
}
