/**
 * Who is signed in is the same in all tabs of a browser: a tab hears when another one signs in or out, and finds out what it
 * has missed when it is looked at again. What somebody else has read is shown to nobody.
 */

import { isProblem, type MetricsClient, type Session } from '@admin-metrics/client';
import { getSessionQueryKey } from '@admin-metrics/client/query';
import type { QueryClient } from '@tanstack/react-query';

const CHANNEL = 'admin-metrics.session';

/** What happens in this tab. */
export interface SessionWatcher {
  /** Nobody is signed in any more. */
  onEnded: () => void;
  /** Somebody else is, or the same person may do other things now. */
  onOther: () => void;
}

/** Begins; gives back what ends it. */
export function watchSession(
  queryClient: QueryClient,
  metrics: MetricsClient,
  watcher: SessionWatcher,
): () => void {
  const check = async () => {
    const known = queryClient.getQueryData<Session>(getSessionQueryKey());
    if (!known) return;
    try {
      const now: Session = await metrics.background.getSession();
      // Somebody may have signed in or out here meanwhile.
      if (queryClient.getQueryData(getSessionQueryKey()) !== known) return;
      if (now.user.id === known.user.id && now.user.role === known.user.role) return;
      queryClient.removeQueries({ type: 'inactive' });
      queryClient.setQueryData(getSessionQueryKey(), now);
      // What is on the page is empty at once, and read anew.
      void queryClient.resetQueries({ type: 'active' });
      watcher.onOther();
    } catch (error) {
      // Another failure says nothing about who is signed in.
      if (isProblem(error, 'unauthenticated')) watcher.onEnded();
    }
  };
  const onVisible = () => {
    if (!document.hidden) void check();
  };
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = () => void check();
  document.addEventListener('visibilitychange', onVisible);
  return () => {
    channel.close();
    document.removeEventListener('visibilitychange', onVisible);
  };
}

/** Tells the other tabs that somebody has signed in or out in this one. */
export function tellSessionChanged(): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(null);
  channel.close();
}
