/** What the figures of the budget of commands mean, in one word. */

import type { FleetCommands } from '@admin-metrics/client';

/** Where the month is going. */
export type Outlook = 'none' | 'within' | 'close' | 'over' | 'used-up';

/** From this part of the budget on, the forecast is close to it. */
const CLOSE = 0.9;

/** Where the month's commands are going, in regard to the budget; `none` where there is none. */
export function outlookOf({
  month,
  forecast,
  budget,
}: Pick<FleetCommands, 'month' | 'forecast' | 'budget'>): Outlook {
  if (budget === null) return 'none';
  if (month >= budget) return 'used-up';
  if (forecast > budget) return 'over';
  return forecast > budget * CLOSE ? 'close' : 'within';
}

/** The levels at which something is given up for the budget's sake. */
export const LEVELS = [0, 1, 2, 3] as const;
export type Level = (typeof LEVELS)[number];

/** The level, as one of those that are known. */
export function levelOf(level: number): Level {
  return LEVELS.find((known) => known === level) ?? 3;
}
