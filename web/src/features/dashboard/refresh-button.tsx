/** Has the numbers computed anew, or read again by who may not have that done. */

import { refreshMetricsMutation } from '@admin-metrics/client/query';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { RotateCw } from 'lucide-react';
import { useTranslations } from 'use-intl';

import { useIsAdmin } from '../../app/routes';
import { Button } from '../../ui/button';
import { useProblemText } from '../../ui/problem';
import { showToast } from '../../ui/toast';
import { dashboardOptions } from './query';
import { type DashboardSearch, queryOf } from './search';

/** How long what it has done is told, ms. */
const TOLD_MS = 4000;

/** The button; what came of it is told at the page's edge, and on every card. */
export function RefreshButton({ search }: { search: DashboardSearch }) {
  const t = useTranslations('dashboard');
  const problemText = useProblemText();
  const queryClient = useQueryClient();
  const isAdmin = useIsAdmin();
  const options = dashboardOptions(search);
  const recompute = useMutation({
    ...refreshMetricsMutation(),
    onSuccess: async (answer) => {
      // An answer that is on its way is older.
      await queryClient.cancelQueries({ queryKey: options.queryKey });
      queryClient.setQueryData(options.queryKey, answer);
      showToast({
        kind: 'success',
        title: t('recomputed'),
        description: t('recomputedText'),
        timeoutMs: TOLD_MS,
      });
    },
    onError: (error) =>
      showToast({ kind: 'error', title: t('recomputeFailed'), description: problemText(error) }),
  });
  const reread = useMutation({
    mutationFn: () => queryClient.query({ ...options, staleTime: 0 }),
    onSuccess: () => showToast({ kind: 'success', title: t('reread'), timeoutMs: TOLD_MS }),
    onError: (error) =>
      showToast({ kind: 'error', title: t('rereadFailed'), description: problemText(error) }),
  });
  return isAdmin ? (
    <Button
      icon={RotateCw}
      isBusy={recompute.isPending}
      onClick={() => recompute.mutate({ query: queryOf(search) })}
    >
      {t('recompute')}
    </Button>
  ) : (
    <Button icon={RotateCw} isBusy={reread.isPending} onClick={() => reread.mutate()}>
      {t('refresh')}
    </Button>
  );
}
