/** Filters by days: when rows were created, sent and so on. */

import { useId } from 'react';
import { useTranslations } from 'use-intl';

import { DayInput } from '../../ui/day-input';
import { Popover } from '../../ui/popover';
import type { SpanFilter } from './entity';
import { FilterButton } from './filter-bar';
import styles from './filter-bar.module.css';
import type { Filters } from './search';
import type { Span } from './span';
import { useDaySpan, useZone } from './use-day-span';

interface DateFilterProps {
  spans: readonly SpanFilter[];
  filters: Filters;
  onChange: (change: Filters) => void;
}

export function DateFilter({ spans, filters, onChange }: DateFilterProps) {
  const t = useTranslations('rows.filter');
  const zone = useZone();
  const set = spans.filter((span) => isSet(spanOf(span, filters)));
  return (
    <Popover trigger={<FilterButton label={t('dates')} count={set.length} />} title={t('dates')}>
      <div className={styles['dates']}>
        <p>{t('timeZone', { zone })}</p>
        {spans.map((span) => (
          <Days key={span.name} span={span} filters={filters} onChange={onChange} />
        ))}
      </div>
    </Popover>
  );
}

function Days({ span, filters, onChange }: Omit<DateFilterProps, 'spans'> & { span: SpanFilter }) {
  const t = useTranslations('rows.filter');
  const id = useId();
  const { from, to } = span;
  const { dayOf, setDay, fault, note } = useDaySpan(spanOf(span, filters), (next) =>
    onChange({ ...(from !== undefined && { [from]: next.from }), [to]: next.to }),
  );
  const input = (end: keyof Span) => (
    <label className={styles['day']}>
      {t(end)}
      <DayInput
        day={dayOf(end)}
        aria-invalid={fault !== undefined}
        aria-describedby={fault && id}
        onChange={(day) => setDay(end, day)}
      />
    </label>
  );
  return (
    <fieldset className={styles['span']}>
      <legend>{t(span.name)}</legend>
      <div className={styles['days']}>
        {from !== undefined && input('from')}
        {input('to')}
      </div>
      {fault !== undefined && (
        <p id={id} role="alert" className={styles['wrong']}>
          {fault}
        </p>
      )}
      {note !== undefined && <p>{note}</p>}
    </fieldset>
  );
}

/** The interval that the filters hold. */
export function spanOf({ from, to }: SpanFilter, filters: Filters): Span {
  const valueOf = (name: string | undefined) => {
    const value = name === undefined ? undefined : filters[name];
    return typeof value === 'string' ? value : undefined;
  };
  return { from: valueOf(from), to: valueOf(to) };
}

/** Whether anything is filtered by it. */
export function isSet({ from, to }: Span): boolean {
  return from !== undefined || to !== undefined;
}
