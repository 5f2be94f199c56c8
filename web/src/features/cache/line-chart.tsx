/** A small chart of the last minutes: a few lines over time, the newest at the right. */

import { useTranslations } from 'use-intl';

import { classNames } from '../../ui/class-names';
import { type Point, stretches } from './history';
import styles from './line-chart.module.css';

/** A line, with what it is called and how its newest value is written. */
export interface Line {
  label: string;
  points: readonly Point[];
}

export interface LineChartProps {
  /** What it shows. */
  title: string;
  lines: readonly Line[];
  write: (value: number) => string;
  /** The top of the scale; a round number above all values, if left out. */
  top?: number;
}

/** So few seconds are not stretched over the whole width. */
const SHORTEST_SPAN_MS = 120_000;

/** The chart, and under it what the newest values are. Who cannot see it hears those. */
export function LineChart({ title, lines, write, top }: LineChartProps) {
  const t = useTranslations('cache.chart');
  const known = lines.flatMap(({ points }) => points.flatMap(({ value }) => value ?? []));
  const highest = top ?? roundAbove(Math.max(0, ...known));
  const [from, to] = spanOf(lines);
  const newest = lines.map(({ label, points }) => ({ label, value: points.at(-1)?.value ?? null }));
  const said = newest.map(({ label, value }) => `${label}: ${value === null ? t('none') : write(value)}`);
  const minutes = Math.round((to - from) / 60_000);
  return (
    <figure className={styles['chart']}>
      <figcaption className={styles['title']}>{title}</figcaption>
      <div className={styles['plot']} role="img" aria-label={`${title}. ${said.join('; ')}`}>
        <div className={styles['scale']} aria-hidden="true">
          {[highest, highest / 2, 0].map((value) => (
            <span key={value}>{write(value)}</span>
          ))}
        </div>
        <div className={styles['field']}>
          <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
            {[0, 50, 100].map((y) => (
              <path key={y} className={styles['grid']} d={`M0 ${y}H100`} />
            ))}
            {lines.map(({ label, points }, index) => (
              <path
                key={label}
                className={classNames(styles['line'], styles[`series${index + 1}`])}
                d={pathOf(points, from, to, highest)}
              />
            ))}
          </svg>
          {known.length === 0 && (
            <p className={styles['nothing']}>
              <span>{t('nothing')}</span>
            </p>
          )}
        </div>
        <div className={styles['times']} aria-hidden="true">
          <span>{t('ago', { minutes })}</span>
          <span>{t('now')}</span>
        </div>
      </div>
      <ul className={styles['legend']} aria-hidden="true">
        {newest.map(({ label, value }, index) => (
          <li key={label} className={styles[`key${index + 1}`]}>
            {label} <strong>{value === null ? t('none') : write(value)}</strong>
          </li>
        ))}
      </ul>
    </figure>
  );
}

function spanOf(lines: readonly Line[]): [from: number, to: number] {
  const times = lines.flatMap(({ points }) => [points[0]?.at ?? [], points.at(-1)?.at ?? []].flat());
  const to = Math.max(0, ...times);
  return [Math.min(to - SHORTEST_SPAN_MS, ...times), to];
}

/** Stretches of straight lines; one of a single point is a dot. */
function pathOf(points: readonly Point[], from: number, to: number, highest: number): string {
  const place = ({ at, value }: { at: number; value: number }) => {
    const x = ((at - from) / (to - from)) * 100;
    const y = 100 - (highest > 0 ? value / highest : 0) * 100;
    return `${x.toFixed(2)} ${y.toFixed(2)}`;
  };
  return stretches(points)
    .map((stretch) => `M${stretch.map(place).join('L')}${stretch.length === 1 ? 'h0' : ''}`)
    .join('');
}

/** The smallest of 1, 2 and 5 times a power of ten that is not below `value`. */
export function roundAbove(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((factor) => factor * power >= value) ?? 10) * power;
}
