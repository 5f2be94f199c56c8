/** The panel beside a list: a row with all that it has, or a form. The address says which. */

import { isProblem } from '@admin-metrics/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { useIsAdmin } from '../../app/routes';
import { ConfirmDialog, Dialog } from '../../ui/dialog';
import { ProblemState } from '../../ui/problem';
import { EmptyState, Loading, Skeleton } from '../../ui/surface';
import type { Draft, Entity } from './entity';
import { RowDetails } from './row-details';
import styles from './row-dialog.module.css';
import { RowForm } from './row-form';
import type { Row, RowPage } from './sources';
import type { ListPlace } from './use-place';

interface RowDialogProps<R extends Row> {
  entity: Entity<R>;
  place: ListPlace;
}

export function RowDialog<R extends Row>({ entity, place }: RowDialogProps<R>) {
  const t = useTranslations('editing');
  const isAdmin = useIsAdmin();
  const form = isAdmin ? place.form : undefined;
  if (form === 'new') {
    return (
      <FormDialog title={t(`create.${entity.kind}`)} onClose={place.close}>
        {(guard) => (
          <RowForm
            entity={entity}
            initial={initialOf(entity, place)}
            onTyped={guard.onTyped}
            onCancel={place.close}
            onDone={(row) => {
              guard.onSaved();
              if (row) place.open({ row: row.id });
            }}
          />
        )}
      </FormDialog>
    );
  }
  return place.row === undefined ? null : (
    <OneRow key={place.row} entity={entity} place={place} id={place.row} isEditing={form === 'edit'} />
  );
}

function OneRow<R extends Row>({
  entity,
  place,
  id,
  isEditing,
}: RowDialogProps<R> & { id: string; isEditing: boolean }) {
  const t = useTranslations('rows.row');
  const editing = useTranslations('editing');
  const ui = useTranslations('ui');
  const listed = useListed(entity, id);
  const { data, error, refetch } = useQuery(entity.get(id));
  const row = data ?? listed;
  if (row && isEditing) {
    return (
      <FormDialog title={editing('editTitle', { name: entity.nameOf(row) })} onClose={place.close}>
        {(guard) => (
          <RowForm
            entity={entity}
            row={row}
            onTyped={guard.onTyped}
            onCancel={() => place.open({})}
            onDone={(saved) => {
              guard.onSaved();
              if (saved) place.open({});
              else place.close();
            }}
          />
        )}
      </FormDialog>
    );
  }
  const isGone = isProblem(error, 'not-found');
  const title = row && !isGone ? entity.nameOf(row) : isGone ? t('gone') : ui('loading');
  return (
    <Dialog
      isOpen
      placement="side"
      onClose={place.close}
      title={title}
      {...(row && !isGone && { description: entity.noteOf(row) })}
    >
      {isGone ? (
        <EmptyState icon={entity.icon} title={t('goneHint')} />
      ) : row ? (
        <RowDetails entity={entity} place={place} row={row} />
      ) : error ? (
        <ProblemState error={error} onRetry={() => void refetch()} />
      ) : (
        <>
          <Loading />
          <Skeleton className={styles['skeleton']} />
        </>
      )}
    </Dialog>
  );
}

/** The row as a list has it that was read: it is shown until it was read alone. */
function useListed<R extends Row>(entity: Entity<R>, id: string): R | undefined {
  const queryClient = useQueryClient();
  return queryClient
    .getQueriesData<RowPage<R>>({ queryKey: entity.list({}).queryKey })
    .flatMap(([, page]) => page?.items ?? [])
    .find((row) => row.id === id);
}

/** What a new row begins with: what the list is filtered by, where that is one value. */
function initialOf<R extends Row>(entity: Entity<R>, { filters }: ListPlace): Draft {
  const names = entity.form.flatMap((field) => (field.kind === 'parent' ? [field.name] : []));
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = filters[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

/** Knows whether something would be lost. */
interface Guard {
  hasTyped: () => boolean;
  onTyped: () => void;
  onSaved: () => void;
}

function guardOf(): Guard {
  let hasTyped = false;
  return {
    hasTyped: () => hasTyped,
    onTyped: () => {
      hasTyped = true;
    },
    onSaved: () => {
      hasTyped = false;
    },
  };
}

/** A window with a form. Whoever has typed something is asked before it is lost, however they leave. */
function FormDialog({
  title,
  onClose,
  children,
}: {
  title: string;
  onClose: () => void;
  children: (guard: Guard) => React.ReactNode;
}) {
  const t = useTranslations('editing.discard');
  const [guard] = useState(guardOf);
  const leaving = useBlocker({
    // Who has to sign in again is not asked.
    shouldBlockFn: ({ next }) => guard.hasTyped() && next.pathname !== '/sign-in',
    enableBeforeUnload: guard.hasTyped,
    withResolver: true,
  });
  return (
    <Dialog isOpen placement="side" onClose={onClose} title={title}>
      {children(guard)}
      <ConfirmDialog
        isOpen={leaving.status === 'blocked'}
        title={t('title')}
        confirmLabel={t('confirm')}
        isDangerous
        onCancel={() => leaving.reset?.()}
        onConfirm={() => leaving.proceed?.()}
      >
        {t('text')}
      </ConfirmDialog>
    </Dialog>
  );
}
