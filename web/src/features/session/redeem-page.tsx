/** Where a one-time link leads: its user chooses a password. */

import { redeemSignInLinkMutation } from '@admin-metrics/client/query';
import { useMutation } from '@tanstack/react-query';
import { Link, useLocation, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { Button, buttonClass } from '../../ui/button';
import { Form, TextField } from '../../ui/form';
import { Gate } from './gate';

export function RedeemPage() {
  const t = useTranslations('session');
  const navigate = useNavigate();
  const token = useLocation({ select: ({ hash }) => new URLSearchParams(hash).get('token') });
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const redeem = useMutation({
    ...redeemSignInLinkMutation(),
    onSuccess: () => navigate({ to: '/sign-in', search: { reason: 'redeemed' }, replace: true }),
  });
  if (!token) {
    return (
      <Gate title={t('noLinkTitle')} note={t('noLinkText')}>
        <Link to="/sign-in" className={buttonClass()}>
          {t('toSignIn')}
        </Link>
      </Gate>
    );
  }
  const submit = ({ password = '', repeated = '' }: Record<string, string>) => {
    setWrong(password === repeated ? {} : { repeated: t('passwordsDiffer') });
    if (password === repeated) redeem.mutate({ body: { token, password } });
  };
  return (
    <Gate title={t('redeemTitle')} note={t('redeemText')}>
      <Form error={redeem.error} onSubmit={submit} ownErrors={wrong}>
        <TextField
          name="password"
          label={t('newPassword')}
          type="password"
          autoComplete="new-password"
          required
        />
        <TextField
          name="repeated"
          label={t('repeatPassword')}
          type="password"
          autoComplete="new-password"
          required
        />
        <Button variant="primary" type="submit" isBusy={redeem.isPending}>
          {t('redeemSubmit')}
        </Button>
      </Form>
    </Gate>
  );
}
