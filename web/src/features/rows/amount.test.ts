/** What `./amount` has to do. */

import { describe, expect, it } from 'vitest';

import { amountText, readAmount } from './amount';

describe('an amount that is typed', () => {
  it.each([
    ['en', 'EUR', '1234.5', 123_450],
    ['en', 'EUR', '1,234.50', 123_450],
    ['en', 'EUR', '1,234', 123_400],
    ['en', 'EUR', '12,345,678', 1_234_567_800],
    ['en', 'EUR', ' 7. ', 700],
    ['fr', 'EUR', '1 234,50', 123_450],
    ['fr', 'EUR', '1 234,5', 123_450],
    ['fr', 'EUR', '1234.5', 123_450],
    ['fr', 'CHF', "1'234,50", 123_450],
    ['en', 'JPY', '1,234', 1_234],
    ['en', 'JPY', '1234.00', 1_234],
    ['en', 'KWD', '0.125', 125],
    ['en', 'EUR', '0.29', 29],
    ['en', 'EUR', '1000000000', 100_000_000_000],
  ])('%s %s %j is %i minor units', (locale, currency, typed, minor) => {
    expect(readAmount(typed, currency, locale)).toEqual({ minor });
  });

  it.each([
    ['en', '1,5'],
    ['en', '1.234,5'],
    ['en', '1,23,456'],
    ['fr', '1.234,5'],
    ['fr', '1,234,567'],
    ['en', '-5'],
    ['en', '1e3'],
    ['en', 'ten'],
    ['en', ''],
    ['en', '.5'],
  ])('%s %j is not clear', (locale, typed) => {
    expect(readAmount(typed, 'EUR', locale)).toEqual({ kind: 'format' });
  });

  it('has no more decimals than its currency, and is not too large', () => {
    expect(readAmount('1.999', 'EUR', 'en')).toEqual({ kind: 'digits', digits: 2 });
    expect(readAmount('1.5', 'JPY', 'en')).toEqual({ kind: 'digits', digits: 0 });
    expect(readAmount('1000000000.01', 'EUR', 'en')).toEqual({ kind: 'range' });
  });

  it.each([
    ['en', 123_450, 2, '1234.50'],
    ['fr', 123_450, 2, '1234,50'],
    ['en', 5, 2, '0.05'],
    ['en', 0, 3, '0.000'],
    ['en', 1_234, 0, '1234'],
  ])('%s %i with %i digits stands in a form as %j', (locale, minor, digits, text) => {
    expect(amountText(minor, digits, locale)).toBe(text);
  });
});
