/** What `./health` has to do. */

import type { InstanceStats, L2Stats } from '@admin-metrics/client';
import { describe, expect, it } from 'vitest';

import { healthOf, troubleOf } from './health';

interface State {
  breaker?: L2Stats['breaker'];
  trouble?: L2Stats['trouble'];
  bus?: Partial<L2Stats['bus']>;
  kind?: InstanceStats['stalenessBound']['kind'];
  pendingTags?: InstanceStats['pendingTags'];
}

function instance({ breaker = 'closed', trouble = null, bus, kind = 'bus', pendingTags = [] }: State) {
  const l2 = { breaker, trouble, bus: { state: 'healthy', trouble: null, ...bus } } as L2Stats;
  return { l2, pendingTags, stalenessBound: { kind, maxSecs: 60 } };
}

describe('how the cache stands', () => {
  it.each([
    ['well', {}],
    ['well', { bus: { state: 'closed' } }],
    ['troubled', { trouble: 'out_of_memory' }],
    ['troubled', { bus: { state: 'backing_off' } }],
    ['troubled', { bus: { trouble: 'no_permission' } }],
    ['troubled', { pendingTags: ['users'] }],
    ['down', { breaker: 'open' }],
    ['down', { breaker: 'half_open' }],
    ['down', { kind: 'ttl' }],
  ] as const satisfies [string, State][])('%s: %j', (health, state: State) => {
    expect(healthOf(instance(state))).toBe(health);
  });

  it('is memory only where there is no Redis', () => {
    const alone = { l2: null, pendingTags: [], stalenessBound: { kind: 'local' as const, maxSecs: 0 } };
    expect(healthOf(alone)).toBe('memory-only');
    expect(troubleOf(alone)).toBeNull();
  });
});

it('names the trouble of commands before that of the bus', () => {
  expect(troubleOf(instance({ trouble: 'busy', bus: { trouble: 'tls' } }))).toBe('busy');
  expect(troubleOf(instance({ bus: { trouble: 'tls' } }))).toBe('tls');
});
