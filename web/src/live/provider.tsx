/** Keeps what is on the page as new as the data, and knows how. */

import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react';

import { metrics } from '../app/client';
import { LiveContext } from './context';
import { keepPagesLive } from './live-pages';
import type { FeedState } from './shared-feed';

/** Around the pages of who is signed in. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const queryClient = useQueryClient();
  const [state, setState] = useState<FeedState>('connecting');
  const isOnline = useSyncExternalStore(subscribeToNetwork, () => navigator.onLine);
  useEffect(() => keepPagesLive(queryClient, metrics, setState), [queryClient]);
  return <LiveContext value={isOnline ? state : 'offline'}>{children}</LiveContext>;
}

function subscribeToNetwork(listener: () => void): () => void {
  window.addEventListener('online', listener);
  window.addEventListener('offline', listener);
  return () => {
    window.removeEventListener('online', listener);
    window.removeEventListener('offline', listener);
  };
}
