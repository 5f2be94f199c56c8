/** The dashboard: how users, proposals and leads are doing, and how fresh the numbers are. */

import { isProblem } from '@admin-metrics/client';
import { useNavigate } from '@tanstack/react-router';
import { TriangleAlert } from 'lucide-react';
import { useEffect, useMemo } from 'react';
import { useFormatter, useTranslations } from 'use-intl';

import { Button } from '../../ui/button';
import { classNames } from '../../ui/class-names';
import { ProblemState } from '../../ui/problem';
import { Segmented } from '../../ui/segmented';
import { Loading, PageHeader } from '../../ui/surface';
import { showToast } from '../../ui/toast';
import { CacheBadge } from './cache-badge';
import { DashboardContent, DashboardSkeleton } from './content';
import { useAgeText } from './freshness-line';
import styles from './page.module.css';
import { lastOf, type Shown, ShownContext, shownOf, useDashboard } from './query';
import { RefreshButton } from './refresh-button';
import { dashboardRoute } from './route';
import { DEFAULT_ZONE, type DashboardSearch, PERIODS, queryOf } from './search';
import { TimeZonePicker } from './time-zone-picker';

/** The page. */
export function DashboardPage() {
  const t = useTranslations('dashboard');
  const common = useTranslations('ui');
  const search = dashboardRoute.useSearch();
  const navigate = useNavigate({ from: '/' });
  const { period, tz } = queryOf(search);
  const query = useDashboard(search);
  const { data, error, dataUpdatedAt, isPlaceholderData, isError } = query;
  useKnownZone(search, error);
  const change = (changes: DashboardSearch) =>
    void navigate({ search: (before) => ({ ...before, ...changes }) });
  const hasFailed = isError && data !== undefined;
  const shown = useMemo(
    () => data && shownOf(data, dataUpdatedAt, hasFailed),
    [data, dataUpdatedAt, hasFailed],
  );
  return (
    <>
      <PageHeader title={t('title')} note={<Note shown={shown} />}>
        <Segmented
          label={t('period')}
          value={period}
          onChange={(chosen) => change({ period: chosen })}
          options={PERIODS.map((value) => ({ value, label: t(`periods.${value}`) }))}
        />
        <TimeZonePicker value={tz} onChange={(chosen) => change({ tz: chosen })} />
        <RefreshButton search={search} />
      </PageHeader>
      {shown ? (
        <ShownContext value={shown}>
          {shown.hasFailed && (
            <Outdated since={shown.receivedAt}>
              <Button size="small" isBusy={query.isFetching} onClick={() => void query.refetch()}>
                {common('retry')}
              </Button>
            </Outdated>
          )}
          <div
            className={classNames(styles['content'], isPlaceholderData && styles['old'])}
            aria-busy={isPlaceholderData}
          >
            {isPlaceholderData && (
              <div className={styles['reading']}>
                <span role="status">{t('reading')}</span>
              </div>
            )}
            <DashboardContent />
          </div>
        </ShownContext>
      ) : isError ? (
        <ProblemState error={error} onRetry={() => void query.refetch()} />
      ) : (
        <>
          <Loading />
          <DashboardSkeleton />
        </>
      )}
    </>
  );
}

/** What is below the title. */
function Note({ shown }: { shown: Shown | undefined }) {
  return (
    <span className={styles['note']}>
      <span>
        <Windows shown={shown} />
      </span>
      <CacheBadge />
    </span>
  );
}

/** Which days are shown, and which they are compared with. It keeps its place while nothing is known. */
function Windows({ shown }: { shown: Shown | undefined }) {
  const t = useTranslations('dashboard');
  const format = useFormatter();
  if (!shown) return '\u00a0';
  const { period, previous } = shown.answer.meta;
  const day = (instant: Date) => format.dateTime(instant, 'day', { timeZone: period.tz });
  return t('window', {
    from: day(new Date(period.from)),
    to: day(lastOf(period)),
    previousFrom: day(new Date(previous.from)),
    previousTo: day(lastOf(previous)),
  });
}

/** Says that what is shown could not be read again. */
function Outdated({ since, children }: { since: number; children: React.ReactNode }) {
  const t = useTranslations('dashboard');
  return (
    <div className={styles['outdated']}>
      <TriangleAlert className={styles['icon']} aria-hidden="true" />
      <p>{t('outdated', { age: useAgeText(since) })}</p>
      {children}
    </div>
  );
}

/** Goes on with the service's own zone where it does not know the one in the address, though this browser does. */
function useKnownZone({ tz }: DashboardSearch, error: unknown): void {
  const t = useTranslations('dashboard');
  const navigate = useNavigate({ from: '/' });
  const isUnknown =
    tz !== undefined && isProblem(error, 'invalid-query') && error.fieldError('tz') !== undefined;
  useEffect(() => {
    if (!isUnknown) return;
    showToast({ title: t('zoneUnknown', { zone: tz, fallback: DEFAULT_ZONE }) });
    void navigate({ search: ({ period }: DashboardSearch) => (period ? { period } : {}), replace: true });
  }, [isUnknown, tz, t, navigate]);
}
