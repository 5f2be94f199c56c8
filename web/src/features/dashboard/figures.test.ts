/** What `./figures` has to do. */

import { createFormatter } from 'use-intl/core';
import { describe, expect, it } from 'vitest';

import { formats } from '../../i18n/formats';
import { figureText, valueText } from './figures';

const english = createFormatter({ locale: 'en', formats, timeZone: 'UTC' });
const french = createFormatter({ locale: 'fr', formats, timeZone: 'UTC' });

/** Languages differ in which spaces they take. */
function plain(text: string | undefined): string | undefined {
  return text?.replaceAll(/\s/g, ' ');
}

describe('a figure', () => {
  it.each([
    ['count', 12_345, '12,345', '12 345'],
    ['count', 0, '0', '0'],
    ['rate', 0.18235, '18.2%', '18,2 %'],
    ['rate', 0, '0%', '0 %'],
    ['rate', 1, '100%', '100 %'],
    ['average', 1.6795, '1.68', '1,68'],
  ] as const)('%s of %d is %s, in French %s', (unit, value, inEnglish, inFrench) => {
    expect(plain(figureText(english, unit, value))).toBe(inEnglish);
    expect(plain(figureText(french, unit, value))).toBe(inFrench);
  });

  it('of money tells its currencies apart', () => {
    const value = [
      { currency: 'EUR', amountMinor: 123_456 },
      { currency: 'JPY', amountMinor: 5_000 },
    ] as const;
    expect(plain(valueText(english, 'money', [...value]))).toBe('€1,234.56 + ¥5,000');
    expect(plain(valueText(french, 'money', [...value]))).toBe('1 234,56 € + 5 000 JPY');
  });

  it('without a value is no zero', () => {
    expect(valueText(english, 'rate', null)).toBeUndefined();
    expect(valueText(english, 'money', [])).toBeUndefined();
  });
});
