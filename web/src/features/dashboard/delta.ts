/** How a figure has changed against the period before, as something to say in words. */

import type { Kpi } from '@admin-metrics/client';

/** A change. */
export type Delta =
  | { kind: 'up' | 'down'; fraction: number; previous: number }
  | { kind: 'same'; previous: number }
  /** There was nothing before that could be compared with. */
  | { kind: 'noBaseline' }
  /** There is nothing now that could be measured. */
  | { kind: 'noData' };

/** The change of a figure that is one number. */
export function deltaOf({ status, deltaPct, previous }: Kpi): Delta {
  if (status === 'no_data') return { kind: 'noData' };
  if (deltaPct === null || typeof previous !== 'number') return { kind: 'noBaseline' };
  // What is written with one digit as nothing is nothing.
  if (Math.abs(deltaPct) < 0.0005) return { kind: 'same', previous };
  return { kind: deltaPct > 0 ? 'up' : 'down', fraction: Math.abs(deltaPct), previous };
}
