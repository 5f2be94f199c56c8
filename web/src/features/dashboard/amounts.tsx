/** A figure of money: each currency with what it was before. They have no sum, so neither have their changes. */

import type { Kpi, KpiValue, Money } from '@admin-metrics/client';
import { useFormatter, useTranslations } from 'use-intl';

import styles from './amounts.module.css';
import type { RowsTarget } from './drill-down';
import { moneyText } from './figures';
import { RowsLink } from './rows-link';

/** The amounts now and before, a currency a line; they lead to `target`. */
export function Amounts({ kpi, target }: { kpi: Kpi; target: RowsTarget }) {
  const t = useTranslations('dashboard');
  const format = useFormatter();
  const [now, before] = [amountsOf(kpi.value), amountsOf(kpi.previous)];
  const currencies = [...new Set([...now, ...before].map(({ currency }) => currency))].sort();
  const name = t(`kpi.${kpi.key}`);
  if (currencies.length === 0) return <p className={styles['none']}>{t('noMoney')}</p>;
  return (
    <table className={styles['amounts']}>
      <thead>
        <tr>
          <th scope="col">{t('money.now')}</th>
          <th scope="col">{t('money.before')}</th>
        </tr>
      </thead>
      <tbody>
        {currencies.map((currency) => {
          const amount = moneyText(format, amountIn(now, currency));
          return (
            <tr key={currency} data-currency={currency}>
              <td data-value="">
                <RowsLink
                  target={target}
                  className={styles['link']}
                  label={t('showRows', { name, value: amount })}
                >
                  {amount}
                </RowsLink>
              </td>
              <td className={styles['before']}>{moneyText(format, amountIn(before, currency))}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function amountsOf(value: KpiValue | null): readonly Money[] {
  return Array.isArray(value) ? value : [];
}

function amountIn(amounts: readonly Money[], currency: Money['currency']): Money {
  return amounts.find((money) => money.currency === currency) ?? { currency, amountMinor: 0 };
}
