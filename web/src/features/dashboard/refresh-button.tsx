/** Has the numbers computed anew, or read again by who may not have that done. */

import { RotateCw } from 'lucide-react';
import { useTranslations } from 'use-intl';

import { useIsAdmin } from '../../app/routes';
import { Button } from '../../ui/button';
import { useProblemText } from '../../ui/problem';
import { showToast } from '../../ui/toast';
import { useRecompute, useReread } from './refresh';
import type { DashboardSearch } from './search';

/** How long what it has done is told, ms. */
const TOLD_MS = 4000;

/** The button; what came of it is told at the page's edge, and on every card. */
export function RefreshButton({ search }: { search: DashboardSearch }) {
  const t = useTranslations('dashboard');
  const problemText = useProblemText();
  const isAdmin = useIsAdmin();
  const recompute = useRecompute({
    onSuccess: () =>
      showToast({
        kind: 'success',
        title: t('recomputed'),
        description: t('recomputedText'),
        timeoutMs: TOLD_MS,
      }),
    onError: (error) =>
      showToast({ kind: 'error', title: t('recomputeFailed'), description: problemText(error) }),
  });
  const reread = useReread({
    onSuccess: () => showToast({ kind: 'success', title: t('reread'), timeoutMs: TOLD_MS }),
    onError: (error) =>
      showToast({ kind: 'error', title: t('rereadFailed'), description: problemText(error) }),
  });
  const { isPending, mutate } = isAdmin ? recompute : reread;
  return (
    <Button icon={RotateCw} isBusy={isPending} onClick={() => mutate(search)}>
      {isAdmin ? t('recompute') : t('refresh')}
    </Button>
  );
}
