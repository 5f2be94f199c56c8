/** The fields of a form, as an entity describes them. */

import { Currency } from '@admin-metrics/client';
import { useLocale, useTranslations } from 'use-intl';
import { useMemo } from 'react';

import { SelectField, TextField } from '../../ui/form';
import type { FormField } from './entity';
import { ParentField } from './parent-field';
import styles from './row-form.module.css';
import { PROPOSAL_SOURCE, USER_SOURCE } from './sources';
import { useWord } from './words';

export interface FormFieldsProps {
  fields: readonly FormField[];
  /** What stands in them at first, by name. */
  texts: Readonly<Record<string, string>>;
  /** Hears of what is chosen; what is typed tells of itself. */
  onTyped: () => void;
}

export function FormFields({ fields, texts, onTyped }: FormFieldsProps) {
  const t = useTranslations('editing.field');
  const word = useWord();
  const currencies = useCurrencies();
  return fields.map((field) => {
    switch (field.kind) {
      case 'text':
        return (
          <TextField
            key={field.name}
            name={field.name}
            label={t(field.label)}
            // Neither `type` nor `required`: what a browser says of those is in its own language.
            inputMode={field.type ?? 'text'}
            autoComplete="off"
            defaultValue={texts[field.name] ?? ''}
            aria-required
          />
        );
      case 'choice':
        return (
          <SelectField
            key={field.name}
            name={field.name}
            label={t(field.label)}
            defaultValue={texts[field.name] ?? field.initial}
            options={field.values.map((value) => ({ value, label: word(field.of, value) }))}
          />
        );
      case 'money':
        return (
          <div key={field.amount} className={styles['money']}>
            <TextField
              name={field.amount}
              label={t('amountMinor')}
              inputMode="decimal"
              autoComplete="off"
              defaultValue={texts[field.amount] ?? ''}
              aria-required
            />
            <SelectField
              name={field.currency}
              label={t('currency')}
              defaultValue={texts[field.currency] ?? 'EUR'}
              options={currencies}
            />
          </div>
        );
      case 'parent': {
        const props = {
          name: field.name,
          label: t(field.label),
          initialId: texts[field.name],
          onChosen: onTyped,
        };
        return field.of === 'users' ? (
          <ParentField key={field.name} source={USER_SOURCE} {...props} />
        ) : (
          <ParentField key={field.name} source={PROPOSAL_SOURCE} {...props} />
        );
      }
    }
  });
}

/** Every currency by its code and its name. */
function useCurrencies() {
  const locale = useLocale();
  return useMemo(() => {
    const names = new Intl.DisplayNames(locale, { type: 'currency' });
    return Object.values(Currency).map((value) => ({ value, label: `${value} – ${names.of(value) ?? ''}` }));
  }, [locale]);
}
