/** How a token stands. */

import type { ApiToken } from '@admin-metrics/client';

import type { Tone } from '../../ui/surface';

export type TokenState = 'active' | 'ending' | 'expired' | 'revoked';

const DAY_MS = 86_400_000;
/** So long before its end a token's users should have a new one. */
const SOON_MS = 14 * DAY_MS;

/** Whether a token works at `now`, and whether it will for long. */
export function stateOf(
  { expiresAt, revokedAt }: Pick<ApiToken, 'expiresAt' | 'revokedAt'>,
  now: Date,
): TokenState {
  if (revokedAt !== null) return 'revoked';
  if (expiresAt === null) return 'active';
  const left = Date.parse(expiresAt) - now.getTime();
  if (left <= 0) return 'expired';
  return left <= SOON_MS ? 'ending' : 'active';
}

export const STATE_TONES: Record<TokenState, Tone> = {
  active: 'good',
  ending: 'warn',
  expired: 'neutral',
  revoked: 'neutral',
};

/** How long a new token may work: days, for ever, or until a day of one's own choice. */
export const LIFETIMES = ['days30', 'days90', 'days365', 'never', 'chosen'] as const;
export type Lifetime = (typeof LIFETIMES)[number];

const DAYS = { days30: 30, days90: 90, days365: 365 } as const;

/** When a token of that lifetime ends, as the service takes it: null is never. `day` counts if it is chosen. */
export function endOf(lifetime: Lifetime, day: string, now: Date): string | null {
  if (lifetime === 'never') return null;
  // The token works on the day that is chosen, to its end here.
  if (lifetime === 'chosen') return endOfDay(day);
  return new Date(now.getTime() + DAYS[lifetime] * DAY_MS).toISOString();
}

function endOfDay(day: string): string {
  const end = new Date(`${day}T23:59:59`);
  return Number.isNaN(end.getTime()) ? day : end.toISOString();
}
