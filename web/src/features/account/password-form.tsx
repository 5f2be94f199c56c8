/** Changes one's own password. */

import { changePasswordMutation } from '@admin-metrics/client/query';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { sessionOptions } from '../../app/routes';
import { Button } from '../../ui/button';
import { Form, TextField } from '../../ui/form';
import { showToast } from '../../ui/toast';
import styles from './account.module.css';

export function PasswordForm() {
  const t = useTranslations('account');
  const session = useTranslations('session');
  const router = useRouter();
  const queryClient = useQueryClient();
  const [wrong, setWrong] = useState<Record<string, string>>({});
  // A form that has done its work is a new one, and empty.
  const [generation, setGeneration] = useState(0);
  const change = useMutation({
    ...changePasswordMutation(),
    onSuccess: async (goesOn) => {
      queryClient.setQueryData(sessionOptions().queryKey, goesOn);
      await router.invalidate();
      setGeneration((before) => before + 1);
      showToast({ kind: 'success', title: t('passwordChanged'), description: t('othersEnded') });
    },
  });
  const submit = ({ currentPassword = '', newPassword = '', repeated = '' }: Record<string, string>) => {
    const isSame = newPassword === repeated;
    setWrong(isSame ? {} : { repeated: session('passwordsDiffer') });
    if (isSame) change.mutate({ body: { currentPassword, newPassword } });
  };
  return (
    <div className={styles['form']}>
      <Form key={generation} error={change.error} ownErrors={wrong} onSubmit={submit}>
        <TextField
          name="currentPassword"
          label={t('currentPassword')}
          type="password"
          autoComplete="current-password"
          required
        />
        <TextField
          name="newPassword"
          label={session('newPassword')}
          hint={t('passwordHint')}
          type="password"
          autoComplete="new-password"
          required
        />
        <TextField
          name="repeated"
          label={session('repeatPassword')}
          type="password"
          autoComplete="new-password"
          required
        />
        <p>
          <Button variant="primary" type="submit" isBusy={change.isPending}>
            {t('changePassword')}
          </Button>
        </p>
      </Form>
    </div>
  );
}
