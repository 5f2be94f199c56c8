/** Ends a token's rights, for good. */

import type { ApiToken } from '@admin-metrics/client';
import { revokeApiTokenMutation } from '@admin-metrics/client/query';
import { useMutation } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { ConfirmDialog } from '../../ui/dialog';
import { useProblemText } from '../../ui/problem';
import { showToast } from '../../ui/toast';

export interface RevokeDialogProps {
  /** The one that is to be revoked; none while nothing is asked. */
  token: ApiToken | undefined;
  onClose: () => void;
  onRevoked: () => Promise<void>;
}

export function RevokeDialog({ token, onClose, onRevoked }: RevokeDialogProps) {
  const t = useTranslations('tokens');
  const problemText = useProblemText();
  const revoke = useMutation({
    ...revokeApiTokenMutation(),
    onSuccess: async () => {
      await onRevoked();
      showToast({ kind: 'success', title: t('revoked', { name: token?.name ?? '' }) });
    },
    onError: (error) => showToast({ kind: 'error', title: problemText(error) }),
    onSettled: onClose,
  });
  return (
    <ConfirmDialog
      isOpen={token !== undefined}
      onCancel={onClose}
      onConfirm={() => token && revoke.mutate({ path: { id: token.id } })}
      isBusy={revoke.isPending}
      isDangerous
      title={t('revokeTitle', { name: token?.name ?? '' })}
      confirmLabel={t('revoke')}
    >
      <p>{t('revokeText')}</p>
    </ConfirmDialog>
  );
}
