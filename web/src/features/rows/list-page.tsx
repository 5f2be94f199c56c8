/** The page of a list, of whichever entity: filters, rows, pages, and what is open above them. */

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Download, Plus } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { IntlProvider, useLocale, useTranslations } from 'use-intl';

import { useIsAdmin } from '../../app/routes';
import { Button, buttonClass } from '../../ui/button';
import { ProblemState } from '../../ui/problem';
import { Card, EmptyState, Loading, PageHeader } from '../../ui/surface';
import { withoutHidden } from './bulk';
import { BulkBar } from './bulk-bar';
import { useHidden } from './deletions';
import type { Entity } from './entity';
import { FilterBar } from './filter-bar';
import { FilterChips } from './filter-chips';
import styles from './list-page.module.css';
import { Pager } from './pager';
import { RowDialog } from './row-dialog';
import { RowTable, RowTableSkeleton } from './row-table';
import type { Row } from './sources';
import { type ListPlace, usePlace } from './use-place';

/** The page. */
export function ListPage<R extends Row>({ entity }: { entity: Entity<R> }) {
  const place = usePlace(entity);
  const locale = useLocale();
  return (
    // Days are those of the address's time zone, wherever on the page.
    <IntlProvider locale={locale} {...(place.tz !== undefined && { timeZone: place.tz })}>
      <List entity={entity} place={place} />
      <RowDialog entity={entity} place={place} />
    </IntlProvider>
  );
}

function List<R extends Row>({ entity, place }: { entity: Entity<R>; place: ListPlace }) {
  const t = useTranslations('rows');
  const editing = useTranslations('editing');
  const shell = useTranslations('shell');
  const isAdmin = useIsAdmin();
  const { filters, cursor, limit } = place;
  const list = useQuery({
    ...entity.list({ filters, cursor, limit, count: true }),
    placeholderData: keepPreviousData,
  });
  const hidden = useHidden(entity.kind);
  const rows = list.data?.items.filter(({ id }) => !hidden.has(id));
  const total = list.data?.page.total;
  // What waits to be deleted is not counted either, where it is among what is shown.
  const shown =
    total === undefined ? undefined : total - ((list.data?.items.length ?? 0) - (rows?.length ?? 0));
  return (
    <>
      <PageHeader
        title={shell(entity.kind)}
        note={
          <span role="status" data-testid="total" data-total={list.isPlaceholderData ? undefined : shown}>
            {shown === undefined || list.isPlaceholderData
              ? t('counting')
              : t(`count.${entity.kind}`, { count: shown })}
          </span>
        }
      >
        <a className={buttonClass()} href={entity.exportUrl(filters)} download title={t('exportHint')}>
          <Download className={styles['icon']} aria-hidden="true" />
          {t('export')}
        </a>
        {isAdmin && (
          <Button variant="primary" icon={Plus} onClick={() => place.open({ form: 'new' })}>
            {editing(`create.${entity.kind}`)}
          </Button>
        )}
      </PageHeader>
      <FilterBar entity={entity} place={place} />
      <FilterChips entity={entity} place={place} />
      <Card className={styles['card']}>
        <Rows
          // What was chosen under other filters would not be seen any more.
          key={JSON.stringify(filters)}
          entity={entity}
          place={place}
          rows={rows}
          isOld={list.isPlaceholderData}
          failure={
            list.error !== null && <ProblemState error={list.error} onRetry={() => void list.refetch()} />
          }
        />
        <Pager
          place={place}
          page={list.data?.page}
          count={list.data?.items.length ?? 0}
          isOld={list.isPlaceholderData}
        />
      </Card>
    </>
  );
}

interface RowsProps<R extends Row> {
  entity: Entity<R>;
  place: ListPlace;
  rows: R[] | undefined;
  isOld: boolean;
  failure: ReactNode;
}

function Rows<R extends Row>({ entity, place, rows, isOld, failure }: RowsProps<R>) {
  const [chosen, setChosen] = useState<ReadonlyMap<string, R>>(new Map());
  const isAdmin = useIsAdmin();
  // What is to be deleted is not to be changed before.
  const left = withoutHidden(chosen, useHidden(entity.kind));
  if (left !== chosen) setChosen(left);
  if (rows === undefined) {
    if (failure !== false) return failure;
    return (
      <>
        <Loading />
        <RowTableSkeleton entity={entity} count={place.limit} />
      </>
    );
  }
  const isChoosing = isAdmin && entity.moveMany !== undefined;
  return (
    <>
      {failure}
      {isChoosing && <BulkBar entity={entity} chosen={left} onChange={setChosen} />}
      {rows.length === 0 ? (
        <NoRows entity={entity} place={place} />
      ) : (
        <RowTable
          entity={entity}
          place={place}
          rows={rows}
          isOld={isOld}
          {...(isChoosing && { chosen: left, onChoose: setChosen })}
        />
      )}
    </>
  );
}

function NoRows<R extends Row>({ entity, place }: { entity: Entity<R>; place: ListPlace }) {
  const t = useTranslations('rows');
  if (place.cursor !== undefined) {
    return (
      <EmptyState icon={entity.icon} title={t('page.unknown')}>
        <Button onClick={place.goToFirst}>{t('page.first')}</Button>
      </EmptyState>
    );
  }
  if (Object.keys(place.filters).length === 0) {
    return <EmptyState icon={entity.icon} title={t(`empty.${entity.kind}`)} />;
  }
  return (
    <EmptyState icon={entity.icon} title={t('noMatch')}>
      <p>{t('noMatchHint')}</p>
      <Button onClick={() => place.filter({})}>{t('filter.clear')}</Button>
    </EmptyState>
  );
}
