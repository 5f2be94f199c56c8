/** What `./money` has to do. */

import { describe, expect, it } from 'vitest';

import { moneyFormat } from './money';

function written(amountMinor: number, currency: string, locale = 'en'): string {
  const [value, options] = moneyFormat({ amountMinor, currency });
  return new Intl.NumberFormat(locale, options).format(value).replaceAll(/\s/g, ' ');
}

describe('money', () => {
  it.each([
    [123_456, 'EUR', '€1,234.56'],
    [123_400, 'EUR', '€1,234.00'],
    [123_456, 'JPY', '¥123,456'],
    [123_456, 'KWD', 'KWD 123.456'],
    [123_456, 'CLF', 'CLF 12.3456'],
    [0, 'USD', '$0.00'],
  ])('%d minor units of %s are %s', (amountMinor, currency, text) => {
    expect(written(amountMinor, currency)).toBe(text);
  });

  it('is written as in the language', () => {
    expect(written(123_456, 'EUR', 'fr')).toBe('1 234,56 €');
  });
});
