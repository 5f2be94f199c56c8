/** Amounts of money: the service counts in whole minor units, people read major ones. */

/** How many digits a currency's minor unit has, where that is not two (ISO 4217; browsers differ from it here and there). */
const DIGITS: Readonly<Record<string, number>> = Object.fromEntries([
  ...names('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF', 0),
  ...names('BHD IQD JOD KWD LYD OMR TND', 3),
  ...names('CLF UYW', 4),
]);

/** How many digits a currency has after its point. */
export function currencyDigits(currency: string): number {
  return DIGITS[currency] ?? 2;
}

/** How an amount is written. */
interface MoneyOptions {
  style: 'currency';
  currency: string;
  minimumFractionDigits: number;
  maximumFractionDigits: number;
}

/** An amount in major units, with how to write it. */
export function moneyFormat({
  amountMinor,
  currency,
}: {
  amountMinor: number;
  currency: string;
}): [number, MoneyOptions] {
  const digits = currencyDigits(currency);
  return [
    amountMinor / 10 ** digits,
    { style: 'currency', currency, minimumFractionDigits: digits, maximumFractionDigits: digits },
  ];
}

function names(text: string, digits: number): [string, number][] {
  return text.split(' ').map((name) => [name, digits]);
}
