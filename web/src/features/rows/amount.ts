/** Amounts as people type them, in major units and in their language's way, and as the service keeps them. */

import { currencyDigits } from '../../i18n/money';

/** The most that the service takes, in minor units. */
export const MAX_MINOR = 100_000_000_000;

/** Why a text is no amount of a currency. */
export type AmountFault = { kind: 'format' } | { kind: 'digits'; digits: number } | { kind: 'range' };

/** Reads `1,234.5`, `1 234,5` and so on, exactly. */
export function readAmount(typed: string, currency: string, locale: string): { minor: number } | AmountFault {
  const { group, decimal } = separatorsOf(locale);
  // Spaces and apostrophes stand between groups wherever they are used.
  const text = typed.trim().replaceAll(/[\s'’]/g, '');
  const plain = withoutGroups(text, group, decimal);
  const [, whole, fraction = ''] = (plain && /^(\d+)(?:\.(\d*))?$/.exec(plain)) ?? [];
  if (whole === undefined) return { kind: 'format' };
  const digits = currencyDigits(currency);
  if (fraction.replace(/0+$/, '').length > digits) return { kind: 'digits', digits };
  const minor = Number(whole + fraction.slice(0, digits).padEnd(digits, '0'));
  return minor > MAX_MINOR ? { kind: 'range' } : { minor };
}

/** An amount as it stands in a form: without groups, so that it can be typed over. */
export function amountText(minor: number, digits: number, locale: string): string {
  const text = String(minor).padStart(digits + 1, '0');
  if (digits === 0) return text;
  return `${text.slice(0, -digits)}${separatorsOf(locale).decimal}${text.slice(-digits)}`;
}

/** The number with a point and no groups; undefined where it is not clear what is meant. */
function withoutGroups(text: string, group: string, decimal: string): string | undefined {
  const points = text.match(/[.,]/g) ?? [];
  if (points.length === 0) return text;
  // Groups have three digits each, and only the first one fewer.
  if (group === '.' || group === ',') {
    const grouped = new RegExp(`^\\d{1,3}(\\${group}\\d{3})+(\\${decimal}\\d*)?$`);
    if (grouped.test(text)) return text.replaceAll(group, '').replace(decimal, '.');
  }
  // A language without such groups takes either sign for the decimal one.
  const isDecimal = points.length === 1 && (points[0] === decimal || (group !== '.' && group !== ','));
  return isDecimal ? text.replace(/[.,]/, '.') : undefined;
}

function separatorsOf(locale: string): { group: string; decimal: string } {
  const parts = new Intl.NumberFormat(locale).formatToParts(1_234_567.8);
  const partOf = (type: Intl.NumberFormatPartTypes) => parts.find((part) => part.type === type)?.value ?? '';
  return { group: partOf('group'), decimal: partOf('decimal') };
}
