/** The numbers of a chart as a table; each leads to its rows. */

import { useFormatter, useTranslations } from 'use-intl';

import { NumberCell, NumberHead, Table } from '../../ui/table';
import type { Line, Point } from './chart-model';
import styles from './chart-table.module.css';
import { rowsOfSeries } from './drill-down';
import { useShown } from './query';
import { RowsLink } from './rows-link';

export interface ChartTableProps {
  name: string;
  lines: readonly Line[];
  points: readonly Point[];
}

/** The values and those before, the newest first. */
export function ChartTable({ name, lines, points }: ChartTableProps) {
  const t = useTranslations('dashboard.chart');
  const format = useFormatter();
  const { charts } = useShown().answer;
  const { period } = charts.meta;
  const count = (value: number) => format.number(value, 'integer');
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return (
    <Table caption={name} className={styles['table'] ?? ''}>
      <thead>
        <tr>
          <th scope="col">{t('unit', { granularity: charts.granularity })}</th>
          {lines.flatMap(({ key, name: line }) => [
            <NumberHead key={key}>{line}</NumberHead>,
            <NumberHead key={`${key}-previous`}>{t('before', { name: line })}</NumberHead>,
          ])}
        </tr>
      </thead>
      <tbody>
        <tr className={styles['total']}>
          <th scope="row">{t('total')}</th>
          {lines.flatMap((line) => [
            <NumberCell key={line.key}>
              <RowsLink target={rowsOfSeries(line.key, period, period.tz)}>{count(line.total)}</RowsLink>
            </NumberCell>,
            <NumberCell key={`${line.key}-previous`}>{count(sum(line.previous))}</NumberCell>,
          ])}
        </tr>
        {points
          .map((point, index) => (
            <tr key={point.window.from}>
              <th scope="row">
                {point.name}
                {point.isPartial && <span className={styles['partial']}> ({t('partialMark')})</span>}
              </th>
              {lines.flatMap((line) => [
                <NumberCell key={line.key}>
                  <RowsLink target={rowsOfSeries(line.key, point.window, period.tz)}>
                    {count(line.values[index] ?? 0)}
                  </RowsLink>
                </NumberCell>,
                <NumberCell key={`${line.key}-previous`} className={styles['before']}>
                  {count(line.previous[index] ?? 0)}
                </NumberCell>,
              ])}
            </tr>
          ))
          .reverse()}
      </tbody>
    </Table>
  );
}
