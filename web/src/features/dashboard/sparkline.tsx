/** A figure's course, small: the shape says how it went, the numbers are in the charts. */

import { classNames } from '../../ui/class-names';
import styles from './sparkline.module.css';

const WIDTH = 100;
const HEIGHT = 32;
/** Room for the line's thickness. */
const MARGIN = 2;

/** A line through `values`; null leaves a gap. */
export function Sparkline({ values, className }: { values: readonly (number | null)[]; className?: string }) {
  const { line, area } = sparkPaths(values);
  return (
    <svg
      className={classNames(styles['spark'], className)}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <path className={styles['area']} d={area} />
      <path className={styles['line']} d={line} />
    </svg>
  );
}

/** The paths of a line and of what is below it. */
export function sparkPaths(values: readonly (number | null)[]): { line: string; area: string } {
  const known = values.filter((value) => value !== null);
  const top = Math.max(...known);
  // A running total moves little beside its size: it is shown between its own ends.
  const bottom = Math.min(...known) > top / 2 ? Math.min(...known) : 0;
  const x = (index: number) => round((index / Math.max(1, values.length - 1)) * WIDTH);
  // What stays the same, and is not nothing, lies in the middle.
  const shareOf = (value: number) =>
    top === bottom ? (top > 0 ? 0.5 : 0) : (value - bottom) / (top - bottom);
  const y = (value: number) => round(HEIGHT - MARGIN - shareOf(value) * (HEIGHT - 2 * MARGIN));
  const runs = runsOf(values);
  const points = (run: Run) => run.map(({ index, value }) => `${x(index)},${y(value)}`).join('L');
  const ends = (run: Run) => [run.at(0)?.index ?? 0, run.at(-1)?.index ?? 0] as const;
  return {
    // A run of one point is drawn as a dot, by the line's round ends.
    line: runs.map((run) => `M${points(run)}${run.length === 1 ? 'h0.01' : ''}`).join(''),
    area: runs
      .filter((run) => run.length > 1)
      .map((run) => `M${x(ends(run)[0])},${HEIGHT}L${points(run)}L${x(ends(run)[1])},${HEIGHT}Z`)
      .join(''),
  };
}

type Run = { index: number; value: number }[];

/** What stands together without a gap. */
function runsOf(values: readonly (number | null)[]): Run[] {
  const runs: Run[] = [];
  values.forEach((value, index) => {
    if (value === null) return;
    const last = runs.at(-1);
    if (last?.at(-1)?.index === index - 1) last.push({ index, value });
    else runs.push([{ index, value }]);
  });
  return runs;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
