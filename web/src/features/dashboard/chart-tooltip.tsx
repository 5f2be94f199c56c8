/** What a chart shows at the point that is looked at. */

import { useFormatter, useTranslations } from 'use-intl';

import type { Line, Point } from './chart-model';
import { Swatch } from './chart-legend';
import styles from './chart-tooltip.module.css';

export interface ChartTooltipProps {
  lines: readonly Line[];
  point: Point;
  index: number;
  /** Where the point is in the chart, and how wide that is, px. */
  left: number;
  width: number;
}

/** A box beside the point. Those who cannot see it have heard the same. */
export function ChartTooltip({ lines, point, index, left, width }: ChartTooltipProps) {
  const t = useTranslations('dashboard.chart');
  const format = useFormatter();
  const isRight = left > width / 2;
  return (
    <div
      className={styles['tooltip']}
      style={isRight ? { right: width - left + 14 } : { left: left + 14 }}
      aria-hidden="true"
    >
      <p className={styles['name']}>
        {point.name}
        {point.isPartial && <span className={styles['partial']}>{t('partialMark')}</span>}
      </p>
      <table className={styles['values']}>
        <tbody>
          {lines.flatMap((line) => [
            <tr key={line.key}>
              <td>
                <Swatch colour={line.colour} />
              </td>
              <td>{line.name}</td>
              <td className={styles['number']}>{format.number(line.values[index] ?? 0, 'integer')}</td>
            </tr>,
            <tr key={`${line.key}-previous`} className={styles['previous']}>
              <td>
                <Swatch colour={line.colour} kind="previous" />
              </td>
              <td>{t('previous')}</td>
              <td className={styles['number']}>{format.number(line.previous[index] ?? 0, 'integer')}</td>
            </tr>,
          ])}
        </tbody>
      </table>
    </div>
  );
}
