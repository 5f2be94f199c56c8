/** A row with all that it has, what hangs below it, and what can be done with it. */

import { ArrowRight, Check, Copy, Pencil, Trash2, Undo2 } from 'lucide-react';
import { useTranslations } from 'use-intl';

import { useIsAdmin } from '../../app/routes';
import { Button, IconButton } from '../../ui/button';
import { Menu } from '../../ui/menu';
import { deletions, useHidden } from './deletions';
import type { Entity } from './entity';
import styles from './row-dialog.module.css';
import { MoveItems } from './row-menu';
import type { Row } from './sources';
import { useCopy } from './use-copy';
import { useDelete } from './use-delete';
import type { ListPlace } from './use-place';

export interface RowDetailsProps<R extends Row> {
  entity: Entity<R>;
  place: ListPlace;
  row: R;
}

export function RowDetails<R extends Row>({ entity, place, row }: RowDetailsProps<R>) {
  const t = useTranslations('rows');
  const isAdmin = useIsAdmin();
  const { Related } = entity;
  return (
    <>
      {isAdmin && <Actions entity={entity} place={place} row={row} />}
      <dl className={styles['details']}>
        {entity.details.map(({ name, Value }) => (
          <Line key={name} term={t(`trait.${name}`)}>
            <Value row={row} />
          </Line>
        ))}
        <Line term={t('trait.id')}>
          <RowId id={row.id} />
        </Line>
      </dl>
      {Related && <Related row={row} />}
    </>
  );
}

function Line({ term, children }: { term: string; children: React.ReactNode }) {
  return (
    <>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Actions<R extends Row>({ entity, place, row }: RowDetailsProps<R>) {
  const t = useTranslations('editing');
  const remove = useDelete(entity);
  const isDeleted = useHidden(entity.kind).has(row.id);
  const { MoreActions } = entity;
  if (isDeleted) {
    return (
      <div className={styles['actions']}>
        <span className={styles['final']} role="status">
          {t('remove.waiting')}
        </span>
        <Button size="small" icon={Undo2} onClick={() => deletions.undo(row.id)}>
          {t('remove.undo')}
        </Button>
      </div>
    );
  }
  return (
    <div className={styles['actions']}>
      <Button size="small" icon={Pencil} onClick={() => place.open({ form: 'edit' })}>
        {t('edit')}
      </Button>
      {entity.moves(row.status).length > 0 ? (
        <Menu
          align="start"
          trigger={
            <Button size="small" icon={ArrowRight}>
              {t(entity.moveMany ? 'move.to' : 'move.set')}
            </Button>
          }
        >
          <MoveItems entity={entity} row={row} />
        </Menu>
      ) : (
        <span className={styles['final']}>{t('move.final')}</span>
      )}
      {MoreActions && <MoreActions row={row} />}
      <Button
        size="small"
        icon={Trash2}
        onClick={() => {
          remove(row);
          place.close();
        }}
      >
        {t('remove.action')}
      </Button>
    </div>
  );
}

function RowId({ id }: { id: string }) {
  const t = useTranslations('rows.row');
  const { copy, isCopied } = useCopy();
  return (
    <span className={styles['id']}>
      <code>{id}</code>
      <IconButton
        icon={isCopied ? Check : Copy}
        size="small"
        label={isCopied ? t('copied') : t('copyId')}
        onClick={() => copy(id)}
      />
    </span>
  );
}
