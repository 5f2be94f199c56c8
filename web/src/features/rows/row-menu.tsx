/** What can be done with a row, in a menu. */

import { ArrowRight, Ellipsis, Pencil, Trash2 } from 'lucide-react';
import { useTranslations } from 'use-intl';

import { IconButton } from '../../ui/button';
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu';
import type { Entity } from './entity';
import type { Row } from './sources';
import { useDelete } from './use-delete';
import { useMove } from './use-move';
import type { ListPlace } from './use-place';
import { useWord } from './words';

export function RowMenu<R extends Row>({
  entity,
  row,
  place,
}: {
  entity: Entity<R>;
  row: R;
  place: ListPlace;
}) {
  const t = useTranslations('rows.row');
  const editing = useTranslations('editing');
  const remove = useDelete(entity);
  return (
    <Menu
      trigger={<IconButton icon={Ellipsis} size="small" label={t('actions', { name: entity.nameOf(row) })} />}
    >
      <MenuItem icon={Pencil} onSelect={() => place.open({ row: row.id, form: 'edit' })}>
        {editing('edit')}
      </MenuItem>
      <MoveItems entity={entity} row={row} />
      <MenuSeparator />
      <MenuItem icon={Trash2} isDangerous onSelect={() => remove(row)}>
        {editing('remove.action')}
      </MenuItem>
    </Menu>
  );
}

/** The statuses that a row may move to. */
export function MoveItems<R extends Row>({ entity, row }: { entity: Entity<R>; row: R }) {
  const t = useTranslations('editing.move');
  const word = useWord();
  const { move } = useMove(entity);
  return entity.moves(row.status).map((status) => (
    <MenuItem key={status} icon={ArrowRight} onSelect={() => move({ row, status })}>
      {t('item', { status: word(entity.statuses, status) })}
    </MenuItem>
  ));
}
