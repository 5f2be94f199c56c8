/** Moving a row to another status. */

import { isProblem } from '@admin-metrics/client';
import { useMutation } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { useProblemText } from '../../ui/problem';
import { showToast } from '../../ui/toast';
import type { Entity } from './entity';
import type { Row } from './sources';
import { useKeep } from './use-keep';
import { useWord } from './words';

export interface Move<R> {
  row: R;
  status: string;
}

/** Moves a row that is as it is shown, and says what became of it. */
export function useMove<R extends Row>(
  entity: Entity<R>,
): { move: (move: Move<R>) => void; isMoving: boolean } {
  const t = useTranslations('editing.move');
  const problemText = useProblemText();
  const word = useWord();
  const { keep, refresh } = useKeep(entity);
  const { mutate, isPending } = useMutation({
    mutationFn: ({ row, status }: Move<R>) => entity.update(row, { status }),
    onSuccess: (row) => {
      keep(row);
      const status = word(entity.statuses, row.status);
      showToast({ kind: 'success', title: t('moved', { name: entity.nameOf(row), status }) });
    },
    onError: (error, { row }) => {
      void refresh();
      const title = isProblem(error, 'lost-update')
        ? t('lost', { name: entity.nameOf(row) })
        : problemText(error);
      showToast({ kind: 'error', title });
    },
  });
  return { move: mutate, isMoving: isPending };
}
