/** How the cache stands, in one word: what an operator wants to know first. */

import type { BusStats, InstanceStats, L2Stats } from '@admin-metrics/client';

import type { Tone } from '../../ui/surface';

/**
 * `memory-only`: there is no Redis, and no other instance. `down`: Redis cannot be used. `troubled`: something does not work, or
 * waits. `well`: all is as it should be.
 */
export type Health = 'memory-only' | 'down' | 'troubled' | 'well';

/** A kind of trouble with Redis. */
export type Trouble = NonNullable<L2Stats['trouble']>;

/** What is found wrong, of commands or of the bus; commands first. */
export function troubleOf({ l2 }: Pick<InstanceStats, 'l2'>): Trouble | null {
  return l2?.trouble ?? l2?.bus.trouble ?? null;
}

/** How the cache stands. */
export function healthOf({
  l2,
  pendingTags,
  stalenessBound,
}: Pick<InstanceStats, 'l2' | 'pendingTags' | 'stalenessBound'>): Health {
  if (l2 === null) return 'memory-only';
  if (l2.breaker !== 'closed' || stalenessBound.kind === 'ttl') return 'down';
  const isTroubled = troubleOf({ l2 }) !== null || l2.bus.state === 'backing_off' || pendingTags.length > 0;
  return isTroubled ? 'troubled' : 'well';
}

export const HEALTH_TONES: Record<Health, Tone> = {
  'memory-only': 'info',
  down: 'bad',
  troubled: 'warn',
  well: 'good',
};

export const BREAKER_TONES: Record<L2Stats['breaker'], Tone> = {
  closed: 'good',
  half_open: 'warn',
  open: 'bad',
};

export const BUS_TONES: Record<BusStats['state'], Tone> = {
  healthy: 'good',
  connecting: 'info',
  backing_off: 'bad',
  closed: 'neutral',
};
