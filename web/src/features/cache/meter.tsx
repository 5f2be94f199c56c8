/** How much of a bound is used. */

import { classNames } from '../../ui/class-names';
import styles from './meter.module.css';

export interface MeterProps {
  label: string;
  value: number;
  /** The bound. */
  max: number;
  /** Value and bound, in words. */
  text: string;
  /** A second value that is told by a mark: where things are going, say. */
  mark?: number;
}

/** From here on there is little left. */
const NEARLY_FULL = 0.9;

/** A bar that is as full as what it stands for. */
export function Meter({ label, value, max, text, mark }: MeterProps) {
  const part = (amount: number) => `${(Math.min(1, max > 0 ? amount / max : 0) * 100).toFixed(2)}%`;
  const level = value > max ? 'over' : value > max * NEARLY_FULL ? 'near' : 'within';
  return (
    <div className={styles['meter']}>
      <p className={styles['line']}>
        <span>{label}</span>
        <strong>{text}</strong>
      </p>
      <svg
        className={styles['track']}
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={max}
        aria-valuenow={Math.min(value, max)}
        aria-valuetext={text}
      >
        <rect className={classNames(styles['filled'], styles[level])} width={part(value)} height="100%" />
        {mark !== undefined && (
          <line className={styles['mark']} x1={part(mark)} x2={part(mark)} y1="0" y2="100%" />
        )}
      </svg>
    </div>
  );
}
