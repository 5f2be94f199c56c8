/** A key figure: its value, how it has changed, its course, and what exactly it counts. */

import type { Kpi } from '@admin-metrics/client';
import { ArrowDown, ArrowRight, ArrowUp, CircleQuestionMark, type LucideIcon, Minus } from 'lucide-react';
import type { ReactNode } from 'react';
import { useFormatter, useTranslations } from 'use-intl';

import { classNames } from '../../ui/class-names';
import { Popover } from '../../ui/popover';
import { Card } from '../../ui/surface';
import { Amounts } from './amounts';
import { type Delta, deltaOf } from './delta';
import { deltaText } from './delta-text';
import { type FigureRows, rowsOfKpi } from './drill-down';
import { valueText } from './figures';
import { FreshnessLine } from './freshness-line';
import styles from './kpi-card.module.css';
import { useShown } from './query';
import { RowsLink } from './rows-link';
import { Sparkline } from './sparkline';

/** The card of a figure. */
export function KpiCard({ kpi }: { kpi: Kpi }) {
  const t = useTranslations('dashboard');
  const { answer } = useShown();
  const rows = rowsOfKpi(kpi.key, answer.overview.meta);
  return (
    <Card className={styles['card']} aria-labelledby={`kpi-${kpi.key}`} data-kpi={kpi.key}>
      <header className={styles['header']}>
        <h3 id={`kpi-${kpi.key}`} className={styles['name']}>
          {t(`kpi.${kpi.key}`)}
        </h3>
        <Definition kpi={kpi} />
      </header>
      <div className={styles['body']}>
        {kpi.unit === 'money' ? (
          <Amounts kpi={kpi} target={rows.counted} />
        ) : (
          <div>
            <Value kpi={kpi} rows={rows} />
            <OutOf kpi={kpi} rows={rows} />
            <Change kpi={kpi} />
          </div>
        )}
        {kpi.spark.length > 0 && <Sparkline values={kpi.spark} className={styles['spark'] ?? ''} />}
      </div>
      <FreshnessLine part="overview" />
    </Card>
  );
}

function Definition({ kpi: { key } }: { kpi: Kpi }) {
  const t = useTranslations('dashboard');
  const name = t(`kpi.${key}`);
  return (
    <Popover
      title={name}
      trigger={
        <button type="button" className={styles['what']} aria-label={t('whatIs', { name })}>
          <CircleQuestionMark aria-hidden="true" />
        </button>
      }
    >
      <p>{t(`definition.${key}`)}</p>
      <p>{t('definitionCompared')}</p>
    </Popover>
  );
}

function Value({ kpi, rows }: { kpi: Kpi; rows: FigureRows }) {
  const t = useTranslations('dashboard');
  const format = useFormatter();
  const text = valueText(format, kpi.unit, kpi.value);
  if (text === undefined) {
    return (
      <p className={styles['value']} data-value="">
        <span aria-hidden="true">–</span>
        <span className="visually-hidden">{t('noValue')}</span>
      </p>
    );
  }
  return (
    <p className={styles['value']} data-value="">
      <RowsLink
        target={rows.counted}
        className={styles['link']}
        label={t('showRows', { name: t(`kpi.${kpi.key}`), value: text })}
      >
        {text}
      </RowsLink>
    </p>
  );
}

/** What a rate is a share of, each number with its rows. */
function OutOf({ kpi, rows }: { kpi: Kpi; rows: FigureRows }) {
  const t = useTranslations('dashboard');
  const { key, numerator, denominator } = kpi;
  if (!isDivided(key) || typeof numerator !== 'number' || typeof denominator !== 'number') return null;
  const link = (target: FigureRows['outOf']) =>
    function Counted(chunks: ReactNode) {
      return target ? <RowsLink target={target}>{chunks}</RowsLink> : chunks;
    };
  return (
    <p className={styles['outOf']}>
      {t.rich(`outOf.${key}`, {
        numerator,
        denominator,
        counted: link(rows.counted),
        all: link(rows.outOf),
      })}
    </p>
  );
}

const DIVIDED = ['activationRate', 'acceptanceRate', 'leadConversionRate', 'leadsPerProposal'] as const;

function isDivided(key: Kpi['key']): key is (typeof DIVIDED)[number] {
  return DIVIDED.some((divided) => divided === key);
}

const ARROWS: Record<Delta['kind'], LucideIcon> = {
  up: ArrowUp,
  down: ArrowDown,
  same: ArrowRight,
  noBaseline: Minus,
  noData: Minus,
};

function Change({ kpi }: { kpi: Kpi }) {
  const t = useTranslations('dashboard.delta');
  const format = useFormatter();
  const delta = deltaOf(kpi);
  const Arrow = ARROWS[delta.kind];
  return (
    <p className={classNames(styles['change'], styles[delta.kind])} data-delta={delta.kind}>
      <Arrow className={styles['arrow']} aria-hidden="true" />
      <span>{deltaText(t, format, kpi.unit, delta)}</span>
    </p>
  );
}
