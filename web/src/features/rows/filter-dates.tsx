/** Filters by days: when rows were created, sent and so on. */

import { useFormatter, useTimeZone, useTranslations } from 'use-intl';

import { browserTimeZone } from '../../i18n/provider';
import { controlClass } from '../../ui/form';
import { Popover } from '../../ui/popover';
import type { SpanFilter } from './entity';
import { FilterButton } from './filter-bar';
import styles from './filter-bar.module.css';
import type { Filters } from './search';
import { inputOf, instantOf, type SaidSpan, sayAs, type Span } from './span';

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
  const zone = useZone();
  const say = useSaid();
  const { from, to } = spanOf(span, filters);
  const said = sayAs({ from, to }, zone);
  const input = (end: keyof Span, name: string) => (
    <label className={styles['day']}>
      {t(end)}
      <input
        type="date"
        className={controlClass}
        // What is typed stays until it is a whole day, and what is set elsewhere is shown.
        key={filters[name]?.toString()}
        defaultValue={inputOf(end, end === 'from' ? from : to, zone)}
        onChange={(event) => {
          const instant = instantOf(end, event.target.value, zone);
          if (instant !== undefined || event.target.value === '') onChange({ [name]: instant });
        }}
      />
    </label>
  );
  return (
    <fieldset className={styles['span']}>
      <legend>{t(span.name)}</legend>
      <div className={styles['days']}>
        {span.from !== undefined && input('from', span.from)}
        {input('to', span.to)}
      </div>
      {isSet({ from, to }) && said.unit === 'minute' && <p>{t('precise', { span: say(said) })}</p>}
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

/** An interval in words. */
export function useSaid(): (said: SaidSpan) => string {
  const t = useTranslations('rows.filter');
  const format = useFormatter();
  return ({ unit, from, to }) => {
    const word = (end: string) =>
      unit === 'minute'
        ? format.dateTime(new Date(end), 'minute')
        : // A day is the same day everywhere.
          format.dateTime(new Date(`${end}T12:00:00Z`), 'day', { timeZone: 'UTC' });
    if (from === undefined) return to === undefined ? '' : t('until', { to: word(to) });
    if (to === undefined) return t('since', { from: word(from) });
    return unit === 'day' && from === to ? word(from) : t('between', { from: word(from), to: word(to) });
  };
}

/** The time zone whose days are meant. */
export function useZone(): string {
  return useTimeZone() ?? browserTimeZone();
}
