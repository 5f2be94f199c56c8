/** Makes a token, and shows it: the only time that anybody sees it. */

import { TokenRole } from '@admin-metrics/client';
import { createApiTokenMutation } from '@admin-metrics/client/query';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { Button } from '../../ui/button';
import { Dialog, DialogActions } from '../../ui/dialog';
import { Form, SelectField, TextField } from '../../ui/form';
import { endOf, type Lifetime, LIFETIMES } from './state';
import { ShownToken } from './shown-token';

export interface CreateDialogProps {
  isOpen: boolean;
  onClose: () => void;
  onCreated: () => Promise<void>;
}

export function CreateDialog({ isOpen, onClose, onCreated }: CreateDialogProps) {
  const t = useTranslations('tokens');
  const create = useMutation({ ...createApiTokenMutation(), onSuccess: () => onCreated() });
  const close = () => {
    // Nobody would ever see the token that is being made.
    if (create.isPending) return;
    onClose();
    create.reset();
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      title={create.data ? t('createdTitle', { name: create.data.name }) : t('create')}
      description={create.data ? undefined : t('createText')}
    >
      {create.data ? (
        <ShownToken token={create.data.token} onDone={close} />
      ) : (
        <NewToken
          error={create.error}
          isBusy={create.isPending}
          onCancel={close}
          onCreate={(body) => create.mutate({ body })}
        />
      )}
    </Dialog>
  );
}

interface NewTokenProps {
  error: unknown;
  isBusy: boolean;
  onCancel: () => void;
  onCreate: (body: { name: string; role: TokenRole; expiresAt: string | null }) => void;
}

function NewToken({ error, isBusy, onCancel, onCreate }: NewTokenProps) {
  const t = useTranslations('tokens');
  const ui = useTranslations('ui');
  const roles = useTranslations('common.role');
  const [lifetime, setLifetime] = useState<Lifetime>('days90');
  const submit = ({ name = '', role, expiresAt = '' }: Record<string, string>) => {
    onCreate({
      name,
      role: role === TokenRole.ADMIN ? TokenRole.ADMIN : TokenRole.VIEWER,
      expiresAt: endOf(lifetime, expiresAt, new Date()),
    });
  };
  return (
    <Form error={error} onSubmit={submit}>
      <TextField
        name="name"
        label={t('name')}
        hint={t('nameHint')}
        autoComplete="off"
        maxLength={100}
        required
      />
      <SelectField
        name="role"
        label={t('role')}
        hint={t('roleHint')}
        defaultValue={TokenRole.VIEWER}
        options={Object.values(TokenRole).map((value) => ({ value, label: roles(value) }))}
      />
      <SelectField
        name="lifetime"
        label={t('lifetime')}
        hint={lifetime === 'never' ? t('neverHint') : t('lifetimeHint')}
        defaultValue={lifetime}
        options={LIFETIMES.map((value) => ({ value, label: t(`lifetimes.${value}`) }))}
        onChange={(value) => setLifetime(LIFETIMES.find((known) => known === value) ?? 'days90')}
      />
      {lifetime === 'chosen' && <TextField name="expiresAt" label={t('lastDay')} type="date" required />}
      <DialogActions>
        <Button disabled={isBusy} onClick={onCancel}>
          {ui('cancel')}
        </Button>
        <Button variant="primary" type="submit" isBusy={isBusy}>
          {t('create')}
        </Button>
      </DialogActions>
    </Form>
  );
}
