/** How changes come to be known, for who shows it. */

import { createContext, useContext } from 'react';

import type { FeedState } from './shared-feed';

/** As the page is told of changes; `offline` where this device has no network at all. */
export type LiveState = FeedState | 'offline';

export const LiveContext = createContext<LiveState>('connecting');

/** How changes come to be known at present. */
export function useLive(): LiveState {
  return useContext(LiveContext);
}
