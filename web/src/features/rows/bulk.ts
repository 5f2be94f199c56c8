/** What became of rows that were to move together. */

import { isProblem } from '@admin-metrics/client';

import type { Moved } from './entity';

/** The most rows that the service moves at once. */
export const MAX_BULK = 500;

export type Outcome = 'moved' | 'unchanged' | 'notFound' | 'illegal';

/** What became of each row, by its id. */
export interface BulkResult {
  outcomes: ReadonlyMap<string, Outcome>;
  /** Some may not move there, and so none has. */
  isRefused: boolean;
}

/** The result that an answer tells. */
export function resultOf({ items }: Moved): BulkResult {
  return { outcomes: new Map(items.map(({ id, outcome }) => [id, outcome])), isRefused: false };
}

/** The result of a refusal, which names rows by their place in `ids`; undefined where it is about something else. */
export function refusalOf(error: unknown, ids: readonly string[]): BulkResult | undefined {
  if (!isProblem(error, 'illegal-move')) return undefined;
  const refused = error.errors.flatMap(({ field }) => {
    const id = ids[Number(/^ids\[(\d+)\]$/.exec(field)?.[1])];
    return id === undefined ? [] : [id];
  });
  if (refused.length === 0) return undefined;
  return { outcomes: new Map(refused.map((id) => [id, 'illegal'])), isRefused: true };
}

/** The rows that are chosen, without those that are hidden; the same map where there are none. */
export function withoutHidden<R>(
  chosen: ReadonlyMap<string, R>,
  hidden: ReadonlySet<string>,
): ReadonlyMap<string, R> {
  const left = [...chosen].filter(([id]) => !hidden.has(id));
  return left.length === chosen.size ? chosen : new Map(left);
}
