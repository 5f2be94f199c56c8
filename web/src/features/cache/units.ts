/** Bytes and times, in the unit that suits them. */

import { useFormatter } from 'use-intl';

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
const TIME_UNITS = ['microsecond', 'millisecond', 'second'] as const;

/** The unit in which a value has the fewest digits in front of its point, and the value in it. */
export function scaled<Unit>(value: number, units: readonly [Unit, ...Unit[]]): [number, Unit] {
  let [amount, unit] = [value, units[0]];
  for (const larger of units.slice(1)) {
    if (Math.abs(amount) < 1000) break;
    amount /= 1000;
    unit = larger;
  }
  return [amount, unit];
}

/** How bytes and microseconds are written. */
export function useUnits() {
  const format = useFormatter();
  const write = (value: number, units: readonly [string, ...string[]]) => {
    const [amount, unit] = scaled(value, units);
    return format.number(amount, {
      style: 'unit',
      unit,
      unitDisplay: 'short',
      maximumFractionDigits: amount < 100 ? 1 : 0,
    });
  };
  return {
    bytes: (value: number) => write(value, BYTE_UNITS),
    micros: (value: number) => write(value, TIME_UNITS),
  };
}
