/** How the values of figures are written. */

import type { KpiUnit, KpiValue, Money } from '@admin-metrics/client';
import type { useFormatter } from 'use-intl';

import { moneyFormat } from '../../i18n/money';

/** What numbers are written with. */
export type NumberFormatter = Pick<ReturnType<typeof useFormatter>, 'number'>;

/** A count, a rate or an average in words of the language. */
export function figureText(format: NumberFormatter, unit: KpiUnit, value: number): string {
  switch (unit) {
    case 'count':
    case 'money':
      return format.number(value, 'integer');
    case 'rate':
      return format.number(value, 'percent');
    case 'average':
      return format.number(value, 'average');
  }
}

/** An amount of money. */
export function moneyText(format: NumberFormatter, money: Money): string {
  const [value, options] = moneyFormat(money);
  return format.number(value, options);
}

/** A figure's value as one text; undefined where it has none. */
export function valueText(
  format: NumberFormatter,
  unit: KpiUnit,
  value: KpiValue | null,
): string | undefined {
  if (value === null) return undefined;
  if (typeof value === 'number') return figureText(format, unit, value);
  return value.length === 0 ? undefined : value.map((money) => moneyText(format, money)).join(' + ');
}
