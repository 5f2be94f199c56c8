/** A one-time link for a user to choose a password: shown once, to be handed over. */

import { type SignInLink, type User } from '@admin-metrics/client';
import { createSignInLinkMutation } from '@admin-metrics/client/query';
import { useMutation } from '@tanstack/react-query';
import { Copy, KeyRound } from 'lucide-react';
import { useState } from 'react';
import { useFormatter, useTranslations } from 'use-intl';

import { Button } from '../../ui/button';
import { Dialog, DialogActions } from '../../ui/dialog';
import { controlClass } from '../../ui/form';
import { ProblemNote } from '../../ui/problem';
import { useCopy } from '../rows/use-copy';
import styles from './sign-in-link.module.css';

/** Only for users who could sign in with it. */
export function SignInLinkAction({ row }: { row: User }) {
  const t = useTranslations('editing.link');
  const [isOpen, setOpen] = useState(false);
  if (row.role === 'user' || row.status === 'suspended') return null;
  return (
    <>
      <Button size="small" icon={KeyRound} onClick={() => setOpen(true)}>
        {t('action')}
      </Button>
      {isOpen && <LinkDialog user={row} onClose={() => setOpen(false)} />}
    </>
  );
}

function LinkDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const t = useTranslations('editing');
  const make = useMutation(createSignInLinkMutation());
  const name = user.displayName;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('link.title', { name })}
      description={t(make.data ? 'link.text' : 'link.before', { name })}
    >
      {make.error && <ProblemNote error={make.error} />}
      {make.data && <Link link={make.data} />}
      <DialogActions>
        <Button onClick={onClose}>{t(make.data ? 'conflict.close' : 'cancel')}</Button>
        {!make.data && (
          <Button
            variant="primary"
            isBusy={make.isPending}
            onClick={() => make.mutate({ path: { id: user.id } })}
          >
            {t('link.make')}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}

function Link({ link: { token, expiresAt } }: { link: SignInLink }) {
  const t = useTranslations('editing.link');
  const row = useTranslations('rows.row');
  const format = useFormatter();
  const { copy, isCopied } = useCopy();
  const url = `${location.origin}/redeem#${new URLSearchParams({ token }).toString()}`;
  return (
    <>
      <div className={styles['link']}>
        <input
          className={controlClass}
          aria-label={t('label')}
          readOnly
          value={url}
          onFocus={(event) => event.target.select()}
        />
        <Button icon={Copy} onClick={() => copy(url)}>
          {isCopied ? row('copied') : t('copy')}
        </Button>
      </div>
      <p className={styles['expiry']}>
        {t('expires', { time: format.dateTime(new Date(expiresAt), 'minute') })}
      </p>
    </>
  );
}
