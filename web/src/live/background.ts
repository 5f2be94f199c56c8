/**
 * Reading anew what is on the page, without anybody having asked for it: such requests say so, and do not keep a session
 * alive.
 */

import {
  DATA_TAGS,
  type DataTag,
  type DataVersion,
  type MetricsClient,
  parseDataVersion,
} from '@admin-metrics/client';
import { invalidateTags } from '@admin-metrics/client/query';
import type { Query, QueryClient, QueryFunctionContext } from '@tanstack/react-query';

/**
 * Makes old what shows data of one of `tags`, and reads anew what of it is on the page. What is known to be as new as
 * `version` already is left as it is.
 */
export async function readAnew(
  queryClient: QueryClient,
  metrics: MetricsClient,
  tags: readonly DataTag[],
  version?: DataVersion,
): Promise<void> {
  await invalidateTags(
    {
      invalidateQueries: async ({ predicate }) => {
        const old = queryClient
          .getQueryCache()
          .findAll({ predicate })
          .filter((query) => !isAsNewAs(query, metrics, version));
        old.forEach((query) => query.invalidate());
        await Promise.all(
          old
            .filter((query) => query.isActive())
            .map((query) => readAfterOthers(query, metrics, () => isAsNewAs(query, metrics, version))),
        );
      },
    },
    tags,
  );
}

/** Whether changes of data make a query old, so that it is read anew without being asked for. */
export function isKeptNew(query: { queryKey: readonly unknown[] }): boolean {
  let isKept = false;
  void invalidateTags(
    {
      invalidateQueries: ({ predicate }) => {
        isKept = predicate(query);
        return Promise.resolve();
      },
    },
    DATA_TAGS,
  );
  return isKept;
}

/** Whether what a query has was computed from data as new as `version`. Only answers with figures say so. */
function isAsNewAs({ state }: Query, metrics: MetricsClient, version: DataVersion | undefined): boolean {
  if (!version || state.isInvalidated || typeof state.data !== 'object' || state.data === null) return false;
  const has = parseDataVersion(metrics.headersOf(state.data)?.get('X-Data-Version') ?? null);
  return DATA_TAGS.every((tag) => {
    const wanted = version[tag];
    return wanted !== undefined && (has[tag] ?? -1) >= wanted;
  });
}

/** What a query's key says of its call. */
interface Call {
  _id: string;
  query?: object;
  path?: object;
}

function isReading({ state }: Query): boolean {
  return state.fetchStatus !== 'idle';
}

/** What waits for a read that is under way, to read once more after it. */
const waiting = new WeakMap<Query, { isNewEnough: () => boolean }>();

/**
 * Reads a query in the background, after what is being read already: that began before the change, but where reading takes
 * long and changes go on, nothing new would ever be shown if each of them broke it off.
 */
async function readAfterOthers(
  query: Query,
  metrics: MetricsClient,
  isNewEnough: () => boolean,
): Promise<void> {
  const others = waiting.get(query);
  if (others) {
    others.isNewEnough = isNewEnough;
    return;
  }
  if (isReading(query)) {
    const self = { isNewEnough };
    waiting.set(query, self);
    try {
      // It may be replaced by another one meanwhile.
      let read: Promise<unknown> | undefined;
      while (isReading(query) && query.promise !== read) {
        read = query.promise;
        await read?.catch(() => undefined);
      }
    } finally {
      waiting.delete(query);
    }
    if (self.isNewEnough()) return;
    query.invalidate();
    if (!query.isActive() || isReading(query)) return;
  }
  await readInBackground(query, metrics);
}

async function readInBackground(query: Query, metrics: MetricsClient): Promise<void> {
  // The page's own: what the query has may be those of a read like this one that has just ended.
  const options = query.observers[0]?.options ?? query.options;
  const calls = metrics.background as unknown as Record<string, (options: object) => Promise<unknown>>;
  const queryFn = ({ queryKey, signal, ...context }: QueryFunctionContext) => {
    const [{ _id, query: filters, path }] = queryKey as [Call];
    // A list that grows page by page asks for each of them.
    const { pageParam } = context as { pageParam?: unknown };
    const page = typeof pageParam === 'string' ? { cursor: pageParam } : {};
    const call = calls[_id];
    if (!call) throw new TypeError(`${_id}: there is no such call`);
    return call.call(calls, { ...(path && { path }), query: { ...filters, ...page }, signal });
  };
  try {
    await query.fetch({ ...options, queryFn });
  } catch {
    // The query holds what went wrong, and who shows it says so.
  } finally {
    if (query.options.queryFn === queryFn) query.setOptions(options);
  }
}
