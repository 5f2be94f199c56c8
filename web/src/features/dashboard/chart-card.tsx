/** A card with a chart, or with the same numbers as a table. */

import type { SeriesKey } from '@admin-metrics/client';
import { ChartLine, Table2 } from 'lucide-react';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useFormatter, useTranslations } from 'use-intl';

import { Segmented } from '../../ui/segmented';
import { Card, CardHeader, EmptyState, Skeleton } from '../../ui/surface';
import styles from './chart-card.module.css';
import { ChartLegend } from './chart-legend';
import { type Line, pointsOf } from './chart-model';
import { ChartTable } from './chart-table';
import { FreshnessLine } from './freshness-line';
import { useShown } from './query';

const LineChart = lazy(() => import('./line-chart'));

/** The charts, and which lines each has. */
export const CHARTS = {
  users: [{ key: 'usersNew', colour: 1 }],
  proposals: [
    { key: 'proposalsNew', colour: 1 },
    { key: 'proposalsSent', colour: 3 },
  ],
  leads: [
    { key: 'leadsNew', colour: 2 },
    { key: 'leadsConverted', colour: 4 },
  ],
} as const satisfies Record<string, readonly { key: SeriesKey; colour: Line['colour'] }[]>;

/** A chart's name. */
export type ChartName = keyof typeof CHARTS;

/** The card of a chart. */
export function ChartCard({ chart }: { chart: ChartName }) {
  const t = useTranslations('dashboard.chart');
  const format = useFormatter();
  const [view, setView] = useState<'chart' | 'table'>('chart');
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const { charts } = useShown().answer;
  const name = t(chart);
  const points = useMemo(() => pointsOf(charts, format), [charts, format]);
  const lines = useMemo(
    () =>
      CHARTS[chart].flatMap(({ key, colour }): Line[] =>
        charts.series
          .filter((series) => series.key === key)
          .map(({ values, previousValues, total }) => ({
            key,
            colour,
            name: t(key),
            values,
            previous: previousValues,
            total,
          })),
      ),
    [chart, charts, t],
  );
  const shown = useMemo(() => lines.filter(({ key }) => !hidden.has(key)), [lines, hidden]);
  const isEmpty = lines.every(({ values, previous }) =>
    [...values, ...previous].every((value) => value === 0),
  );
  return (
    <Card aria-label={name} className={styles['card']} data-chart={chart}>
      <CardHeader title={name} note={t(charts.granularity === 'day' ? 'byDay' : 'byMonth')}>
        <Segmented
          label={t('view', { name })}
          value={view}
          onChange={setView}
          options={[
            { value: 'chart', label: <ViewLabel icon={ChartLine} text={t('asChart')} /> },
            { value: 'table', label: <ViewLabel icon={Table2} text={t('asTable')} /> },
          ]}
        />
      </CardHeader>
      <div className={styles['body']}>
        {view === 'table' ? (
          <ChartTable name={name} lines={lines} points={points} />
        ) : (
          <>
            <ChartLegend
              name={name}
              lines={lines}
              hidden={hidden}
              hasPartial={points.some(({ isPartial }) => isPartial)}
              onToggle={(key) => setHidden((keys) => toggled(keys, key))}
            />
            {isEmpty || shown.length === 0 ? (
              <div className={styles['nothing']}>
                <EmptyState icon={ChartLine} title={t(isEmpty ? 'empty' : 'hidden')} />
              </div>
            ) : (
              <Suspense fallback={<Skeleton className={styles['plot']} />}>
                <LineChart name={name} lines={shown} points={points} />
              </Suspense>
            )}
          </>
        )}
      </div>
      <footer className={styles['footer']}>
        <FreshnessLine part="charts" />
      </footer>
    </Card>
  );
}

/** As much room as a chart's card takes. */
export function ChartCardSkeleton({ chart }: { chart: ChartName }) {
  const t = useTranslations('dashboard.chart');
  return (
    <Card className={styles['card']}>
      <CardHeader title={t(chart)} />
      <div className={styles['body']}>
        <Skeleton className={styles['all']} />
      </div>
      <footer className={styles['footer']} />
    </Card>
  );
}

function ViewLabel({ icon: Icon, text }: { icon: typeof ChartLine; text: string }) {
  return (
    <>
      <Icon className={styles['icon']} aria-hidden="true" />
      {text}
    </>
  );
}

function toggled(keys: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(keys);
  if (!next.delete(key)) next.add(key);
  return next;
}
