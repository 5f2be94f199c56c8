/** The audit log, for administrators: who did what, when, and from where. */

import { listAuditEntriesOptions } from '@admin-metrics/client/query';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { ChevronLeft, ChevronRight, ScrollText } from 'lucide-react';
import { useTranslations } from 'use-intl';

import { AdminsOnly } from '../../app/admins-only';
import { buttonClass } from '../../ui/button';
import { classNames } from '../../ui/class-names';
import { ProblemState } from '../../ui/problem';
import { Card, EmptyState, Loading, PageHeader, Skeleton } from '../../ui/surface';
import { partsOf } from '../rows/search';
import { Entries } from './entries';
import { Filters } from './filters';
import { type AuditQuery, auditRoute, type AuditSearch, readAuditSearch } from './route';
import styles from './audit.module.css';

/** How many entries a page has, unless the address says so. */
const PAGE_SIZE = 25;

export function AuditPage() {
  const t = useTranslations('audit');
  return (
    <AdminsOnly title={t('title')}>
      <PageHeader title={t('title')} note={t('note')} />
      <Log />
    </AdminsOnly>
  );
}

function Log() {
  const t = useTranslations('audit');
  const search = auditRoute.useSearch();
  const navigate = useNavigate();
  const { row, cursor, limit } = search;
  const filters: AuditQuery = partsOf(search).filters;
  const { data, error, refetch, isPlaceholderData } = useQuery({
    ...listAuditEntriesOptions({
      query: { ...filters, limit: limit ?? PAGE_SIZE, ...(cursor !== undefined && { cursor }) },
    }),
    placeholderData: keepPreviousData,
  });
  const go = (next: AuditSearch, replace = false) =>
    void navigate({ to: '/audit', search: next, replace, resetScroll: false });
  const size = limit && { limit };
  return (
    <>
      <Filters
        filters={filters}
        onChange={(change, isTyping) => go(readAuditSearch({ ...filters, ...size, ...change }), isTyping)}
        onClear={() => go({ ...size })}
      />
      <Card
        className={classNames(styles['log'], isPlaceholderData && styles['old'])}
        aria-busy={isPlaceholderData}
      >
        {error ? (
          <ProblemState error={error} onRetry={() => void refetch()} />
        ) : !data ? (
          <Placeholders />
        ) : data.items.length === 0 ? (
          <EmptyState icon={ScrollText} title={t('empty')}>
            <p>{t('emptyText')}</p>
          </EmptyState>
        ) : (
          <Entries
            entries={data.items}
            open={row}
            onToggle={(id) => go(readAuditSearch({ ...search, row: row === id ? undefined : id }))}
          />
        )}
      </Card>
      {data && !error && (
        <p className={styles['pager']}>
          {cursor !== undefined && (
            <Link
              to="/audit"
              search={readAuditSearch({ ...search, cursor: undefined, row: undefined })}
              className={buttonClass()}
            >
              <ChevronLeft aria-hidden="true" />
              {t('newest')}
            </Link>
          )}
          {typeof data.page.nextCursor === 'string' && (
            <Link
              to="/audit"
              search={readAuditSearch({ ...search, cursor: data.page.nextCursor, row: undefined })}
              className={buttonClass()}
            >
              {t('older')}
              <ChevronRight aria-hidden="true" />
            </Link>
          )}
        </p>
      )}
    </>
  );
}

function Placeholders() {
  return (
    <div className={styles['places']}>
      <Loading />
      {Array.from({ length: 10 }, (_, index) => (
        <Skeleton key={index} />
      ))}
    </div>
  );
}
