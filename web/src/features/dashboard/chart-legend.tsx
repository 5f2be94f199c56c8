/** Which line is which, and which of them are shown. */

import { useTranslations } from 'use-intl';

import { classNames } from '../../ui/class-names';
import type { Line } from './chart-model';
import styles from './chart-legend.module.css';
import series from './series.module.css';

type Kind = 'whole' | 'previous' | 'partial';

const DASHES: Record<Kind, string | undefined> = { whole: undefined, previous: '2 3', partial: '6 4' };

/** A piece of a line as the chart draws it; without a colour of its own where it stands for all lines. */
export function Swatch({ colour, kind = 'whole' }: { colour?: Line['colour']; kind?: Kind }) {
  return (
    <svg
      className={classNames(styles['swatch'], colour && series[`series${colour}`])}
      viewBox="0 0 22 10"
      aria-hidden="true"
    >
      <line
        x1="1"
        x2="21"
        y1="5"
        y2="5"
        strokeDasharray={DASHES[kind]}
        strokeWidth={kind === 'previous' ? 1.5 : 2.5}
      />
    </svg>
  );
}

export interface ChartLegendProps {
  name: string;
  lines: readonly Line[];
  hidden: ReadonlySet<string>;
  hasPartial: boolean;
  onToggle: (key: Line['key']) => void;
}

/** The names of the lines, each a switch; and what dots and dashes mean. */
export function ChartLegend({ name, lines, hidden, hasPartial, onToggle }: ChartLegendProps) {
  const t = useTranslations('dashboard.chart');
  return (
    <div className={styles['legend']} role="group" aria-label={t('legend', { name })}>
      {lines.map((line) => (
        <button
          key={line.key}
          type="button"
          className={styles['line']}
          aria-pressed={!hidden.has(line.key)}
          onClick={() => onToggle(line.key)}
        >
          <Swatch colour={line.colour} />
          {line.name}
        </button>
      ))}
      <span className={styles['note']}>
        <Swatch kind="previous" />
        {t('previous')}
      </span>
      {hasPartial && (
        <span className={styles['note']}>
          <Swatch kind="partial" />
          {t('partial')}
        </span>
      )}
    </div>
  );
}
