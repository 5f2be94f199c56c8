/** The rows of a page as a table; a narrow screen shows fewer columns. */

import { Link } from '@tanstack/react-router';
import { useTranslations } from 'use-intl';

import { useIsAdmin } from '../../app/routes';
import { Checkbox } from '../../ui/checkbox';
import { classNames } from '../../ui/class-names';
import { Skeleton } from '../../ui/surface';
import { Table } from '../../ui/table';
import type { Entity, Trait } from './entity';
import { RowMenu } from './row-menu';
import styles from './row-table.module.css';
import type { Row } from './sources';
import type { ListPlace } from './use-place';

export interface RowTableProps<R extends Row> {
  entity: Entity<R>;
  place: ListPlace;
  rows: readonly R[];
  /** They are of the page before; those of this one are on their way. */
  isOld: boolean;
  /** The rows that are chosen, by their ids; nothing can be chosen without. */
  chosen?: ReadonlyMap<string, R>;
  onChoose?: (chosen: ReadonlyMap<string, R>) => void;
}

export function RowTable<R extends Row>({ entity, place, rows, isOld, chosen, onChoose }: RowTableProps<R>) {
  const t = useTranslations('editing.bulk');
  const isAdmin = useIsAdmin();
  const choose = (some: readonly R[], isChosen: boolean) => {
    const next = new Map(chosen);
    for (const row of some) {
      if (isChosen) next.set(row.id, row);
      else next.delete(row.id);
    }
    onChoose?.(next);
  };
  const onPage = rows.filter(({ id }) => chosen?.has(id)).length;
  return (
    <RowTableFrame
      entity={entity}
      className={classNames(isOld && styles['isOld'])}
      {...(chosen && {
        box: (
          <Checkbox
            label={t('selectAll')}
            isChecked={onPage === rows.length}
            isMixed={onPage > 0 && onPage < rows.length}
            onChange={(isChosen) => choose(rows, isChosen)}
          />
        ),
      })}
      hasMenu={isAdmin}
    >
      {rows.map((row) => (
        <tr
          key={row.id}
          className={classNames(styles['row'], chosen?.has(row.id) && styles['isChosen'])}
          data-row={row.id}
        >
          {chosen && (
            <td className={styles['box']}>
              <Checkbox
                label={t('select', { name: entity.nameOf(row) })}
                isChecked={chosen.has(row.id)}
                onChange={(isChosen) => choose([row], isChosen)}
              />
            </td>
          )}
          <th scope="row" className={styles['name']}>
            <Link
              to={entity.path}
              // The list's own address, with a row open.
              search={place.with({ row: row.id }) as never}
              state={(state) => state}
              resetScroll={false}
              preload={false}
              className={styles['link']}
            >
              {entity.nameOf(row)}
            </Link>
            <span className={styles['note']}>{entity.noteOf(row)}</span>
          </th>
          {entity.columns.map(({ Value, ...column }) => (
            <td key={column.name} className={columnClass(column)}>
              <Value row={row} />
            </td>
          ))}
          {isAdmin && (
            <td className={styles['menu']}>
              <RowMenu entity={entity} row={row} place={place} />
            </td>
          )}
        </tr>
      ))}
    </RowTableFrame>
  );
}

/** As much room as the rows will take. */
export function RowTableSkeleton<R extends Row>({ entity, count }: { entity: Entity<R>; count: number }) {
  const isAdmin = useIsAdmin();
  const isChoosing = isAdmin && entity.moveMany !== undefined;
  return (
    <RowTableFrame
      entity={entity}
      {...(isChoosing && { box: <Skeleton className={styles['skeletonBox']} /> })}
      hasMenu={isAdmin}
    >
      {Array.from({ length: count }, (_, index) => (
        <tr key={index} className={styles['row']}>
          {isChoosing && (
            <td className={styles['box']}>
              <Skeleton className={styles['skeletonBox']} />
            </td>
          )}
          <td className={styles['name']}>
            <Skeleton className={styles['skeletonName']} />
            <Skeleton className={styles['skeletonNote']} />
          </td>
          {entity.columns.map((column) => (
            <td key={column.name} className={columnClass(column)}>
              <Skeleton className={styles['skeletonValue']} />
            </td>
          ))}
          {isAdmin && <td className={styles['menu']} />}
        </tr>
      ))}
    </RowTableFrame>
  );
}

interface FrameProps<R extends Row> {
  entity: Entity<R>;
  className?: string;
  box?: React.ReactNode;
  hasMenu: boolean;
  children: React.ReactNode;
}

function RowTableFrame<R extends Row>({ entity, className, box, hasMenu, children }: FrameProps<R>) {
  const t = useTranslations('rows');
  const shell = useTranslations('shell');
  return (
    <Table caption={shell(entity.kind)} className={classNames(styles['table'], className)}>
      <thead>
        <tr>
          {box !== undefined && (
            <th scope="col" className={styles['box']}>
              {box}
            </th>
          )}
          <th scope="col">{t(entity.kind === 'proposals' ? 'trait.title' : 'trait.name')}</th>
          {entity.columns.map((column) => (
            <th
              key={column.name}
              scope="col"
              className={columnClass(column)}
              {...(column.name === 'createdAt' && {
                'aria-sort': 'descending' as const,
                title: t('newestFirst'),
              })}
            >
              {t(`trait.${column.name}`)}
              {column.name === 'createdAt' && <span aria-hidden="true"> ↓</span>}
            </th>
          ))}
          {hasMenu && <td className={styles['menu']} />}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </Table>
  );
}

function columnClass({ isNumber, from }: Pick<Trait<never>, 'isNumber' | 'from'>): string {
  return classNames(styles['column'], isNumber === true && styles['number'], from && styles[from]);
}
