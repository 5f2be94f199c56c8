/** Deleting a row, with a moment in which that can be taken back. */

import { isProblem } from '@admin-metrics/client';
import { useTranslations } from 'use-intl';

import { useProblemText } from '../../ui/problem';
import { showToast } from '../../ui/toast';
import { deletions, UNDO_MS } from './deletions';
import type { Entity } from './entity';
import type { Row } from './sources';
import { useKeep } from './use-keep';

const BELOW = { nothing: 'alone', leads: 'withLeads', proposals: 'withProposals' } as const;

/** Hides a row at once, says so, and deletes it if nobody takes that back. */
export function useDelete<R extends Row>(entity: Entity<R>): (row: R) => void {
  const t = useTranslations('editing.remove');
  const problemText = useProblemText();
  const { refresh } = useKeep(entity);
  return (row) => {
    const name = entity.nameOf(row);
    const failed = (description?: string) =>
      showToast({
        kind: 'error',
        title: t('failed', { name }),
        ...(description !== undefined && { description }),
      });
    const toast: { close?: () => void } = {};
    const isNew = deletions.add({
      kind: entity.kind,
      id: row.id,
      send: async () => {
        try {
          await entity.remove(row);
        } catch (error) {
          if (!isProblem(error, 'not-found')) throw error;
          // Somebody else was faster: it is as it was to be.
          showToast({ title: t('already', { name }) });
        }
        await refresh();
      },
      onDecided: () => toast.close?.(),
      onFailed: (error) => {
        void refresh();
        failed(problemText(error));
      },
      onDropped: failed,
    });
    if (!isNew) return;
    toast.close = showToast({
      title: t('done', { name }),
      description: t(BELOW[entity.takesAlong], { seconds: UNDO_MS / 1000 }),
      // It goes when it is too late, which a pointer above it does not put off.
      timeoutMs: 0,
      action: { label: t('undo'), onSelect: () => deletions.undo(row.id) },
    });
  };
}
