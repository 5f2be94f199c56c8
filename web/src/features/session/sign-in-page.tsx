/** Signing in; afterwards one is where one wanted to be. */

import { signInMutation } from '@admin-metrics/client/query';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useTranslations } from 'use-intl';

import { sessionOptions } from '../../app/routes';
import { tellSessionChanged } from '../../app/session-watch';
import { Button } from '../../ui/button';
import { Form, TextField } from '../../ui/form';
import { deletions } from '../rows/deletions';
import { Gate } from './gate';
import { signInRoute } from './route';

export function SignInPage() {
  const t = useTranslations('session');
  const router = useRouter();
  const queryClient = useQueryClient();
  const { next, reason } = signInRoute.useSearch();
  const signIn = useMutation({
    ...signInMutation(),
    // What is left of who was signed in before is not done in another's name.
    onMutate: () => deletions.drop(),
    onSuccess: (session) => {
      // Somebody else may have been signed in before.
      queryClient.clear();
      queryClient.setQueryData(sessionOptions().queryKey, session);
      tellSessionChanged();
      router.history.replace(next ?? '/');
    },
  });
  return (
    <Gate title={t('title')} note={reason && t(reason)}>
      <Form
        error={signIn.error}
        onSubmit={({ email = '', password = '' }) => signIn.mutate({ body: { email, password } })}
      >
        <TextField name="email" label={t('email')} type="email" autoComplete="username" required />
        <TextField
          name="password"
          label={t('password')}
          type="password"
          autoComplete="current-password"
          required
        />
        <Button variant="primary" type="submit" isBusy={signIn.isPending}>
          {t('submit')}
        </Button>
      </Form>
    </Gate>
  );
}
