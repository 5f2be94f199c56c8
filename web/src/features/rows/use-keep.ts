/** What a write makes of what was read. */

import type { DataTag } from '@admin-metrics/client';
import { invalidateTags } from '@admin-metrics/client/query';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';

import type { Row, RowKind, Source } from './sources';

/** What else a change may make old: sending a proposal changes its owner; what is deleted takes along what hangs below. */
const TOUCHED: Readonly<Record<RowKind, readonly DataTag[]>> = {
  users: ['users', 'proposals', 'leads'],
  proposals: ['users', 'proposals', 'leads'],
  leads: ['leads'],
};

/** Keeps a row as a write's answer has it, and reads anew what else a write may have changed. */
export function useKeep<R extends Row>(
  source: Source<R>,
): { keep: (row: R) => void; refresh: () => Promise<void> } {
  const queryClient = useQueryClient();
  return useMemo(() => {
    const refresh = () => invalidateTags(queryClient, TOUCHED[source.kind]);
    return {
      keep: (row) => {
        queryClient.setQueryData(source.get(row.id).queryKey, row);
        void refresh();
      },
      refresh,
    };
  }, [queryClient, source]);
}
