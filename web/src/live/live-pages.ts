/**
 * Keeps what is on a page as new as the data: by the events that the service sends or, where it sends none, by asking for
 * it every now and then. A page that nobody looks at asks for nothing, and catches up when it is looked at again.
 */

import { DATA_TAGS, type DataTag, type DataVersion, type MetricsClient } from '@admin-metrics/client';
import type { QueryClient } from '@tanstack/react-query';

import { readAnew } from './background';
import { type FeedState, SharedFeed } from './shared-feed';
import { throttle } from './throttle';

/** What is on a page is read anew at most this often, ms. */
export const READ_EVERY_MS = 5_000;
/** How often it is asked for where the service does not tell of changes, ms. */
export const POLL_EVERY_MS = 30_000;

/** Begins; `onState` hears how changes come to be known. Gives back what ends it. */
export function keepPagesLive(
  queryClient: QueryClient,
  metrics: MetricsClient,
  onState: (state: FeedState) => void,
): () => void {
  let state: FeedState = 'connecting';
  let newest: DataVersion = {};
  let lastPoll = 0;
  let poll: ReturnType<typeof setInterval> | undefined;
  /** What changed while nobody looked. */
  const missed = new Set<DataTag>();

  const changes = throttle<DataTag>(
    // What the service tells of is known to be new; where it tells of nothing, nobody knows what is.
    (tags) => void readAnew(queryClient, metrics, tags, state === 'live' ? newest : undefined),
    READ_EVERY_MS,
  );
  const ask = () => {
    if (document.hidden) return;
    lastPoll = Date.now();
    changes.add(DATA_TAGS);
  };

  const feed = new SharedFeed(
    {
      locks: 'locks' in navigator ? navigator.locks : undefined,
      channel: new BroadcastChannel('admin-metrics.live'),
      listen: ({ onVersion, onState: onConnection, onEnd }) =>
        metrics.onEvent(onVersion, { onState: onConnection, onEnd }),
    },
    {
      onVersion: (version) => {
        metrics.versions.remember(version);
        // A tag that is left out is about to change.
        const changed = DATA_TAGS.filter((tag) => version[tag] === undefined || version[tag] !== newest[tag]);
        newest = version;
        if (document.hidden) changed.forEach((tag) => missed.add(tag));
        else changes.add(changed);
      },
      onState: (next) => {
        state = next;
        clearInterval(poll);
        if (state === 'polling') {
          ask();
          poll = setInterval(ask, POLL_EVERY_MS);
        }
        // What is asked for next says that nobody is signed in, and leads there.
        if (state === 'ended') ask();
        onState(state);
      },
    },
  );

  const onVisible = () => {
    if (document.hidden) return;
    const hasEnded = state === 'ended';
    feed.check();
    changes.add(missed);
    missed.clear();
    const isDue = state === 'polling' && Date.now() - lastPoll >= POLL_EVERY_MS;
    // What could not be asked for out of sight is asked for now.
    if (isDue || hasEnded) ask();
  };
  document.addEventListener('visibilitychange', onVisible);

  return () => {
    document.removeEventListener('visibilitychange', onVisible);
    clearInterval(poll);
    changes.stop();
    feed.stop();
  };
}
