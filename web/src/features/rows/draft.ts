/** From what stands in a form to what the service is sent, and back. */

import { currencyDigits } from '../../i18n/money';
import { type AmountFault, amountText, readAmount } from './amount';
import type { Draft, FormField } from './entity';
import type { Row } from './sources';

/** What is wrong with a field before anything is sent. */
export type Fault = { kind: 'needed' } | AmountFault;

/** What a form holds: what to send, or what is wrong, by the fields' names. */
export interface ReadDraft {
  draft: Draft;
  faults: Record<string, Fault>;
}

/** Reads what stands in a form. Whether texts will do is for the service to say. */
export function readDraft(
  fields: readonly FormField[],
  values: Readonly<Record<string, string>>,
  locale: string,
): ReadDraft {
  const draft: Draft = {};
  const faults: Record<string, Fault> = {};
  for (const field of fields) {
    if (field.kind === 'money') {
      const currency = values[field.currency] ?? '';
      draft[field.currency] = currency;
      const amount = readAmount(values[field.amount] ?? '', currency, locale);
      if ('minor' in amount) draft[field.amount] = amount.minor;
      else faults[field.amount] = amount;
    } else {
      const value = values[field.name]?.trim() ?? '';
      if (value === '') faults[field.name] = { kind: 'needed' };
      draft[field.name] = value;
    }
  }
  return { draft, faults };
}

/** The names of what is one value: an amount says nothing without its currency. */
export function groupsOf(fields: readonly FormField[]): string[][] {
  return fields.map((field) => (field.kind === 'money' ? [field.amount, field.currency] : [field.name]));
}

/** What a row holds of the fields, as a draft. */
export function draftOf(fields: readonly FormField[], row: Row): Draft {
  const values = row as unknown as Draft;
  return Object.fromEntries(
    groupsOf(fields)
      .flat()
      .flatMap((name) => (name in values ? [[name, values[name] ?? '']] : [])),
  );
}

/** What stands in the fields of a form for a draft. */
export function textsOf(fields: readonly FormField[], draft: Draft, locale: string): Record<string, string> {
  const texts = Object.fromEntries(Object.entries(draft).map(([name, value]) => [name, String(value)]));
  for (const field of fields) {
    if (field.kind !== 'money') continue;
    const [minor, currency] = [draft[field.amount], texts[field.currency] ?? ''];
    if (typeof minor === 'number') texts[field.amount] = amountText(minor, currencyDigits(currency), locale);
  }
  return texts;
}

/**
 * What differs from how it was: only that is sent, so that nothing else is changed by the way. Money is sent whole, so that
 * an amount never meets a currency that somebody else has chosen meanwhile.
 */
export function changesOf(fields: readonly FormField[], before: Draft, draft: Draft): Draft {
  const changed = groupsOf(fields).filter((names) => names.some((name) => before[name] !== draft[name]));
  return Object.fromEntries(changed.flat().map((name) => [name, draft[name] ?? '']));
}
