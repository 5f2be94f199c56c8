/** The first and the last day of an interval, as somebody sets them one after the other. */

import { useState } from 'react';
import { useFormatter, useTimeZone, useTranslations } from 'use-intl';

import { browserTimeZone } from '../../i18n/provider';
import { inputOf, instantOf, isReversed, type SaidSpan, sayAs, type Span } from './span';

export interface DaySpan {
  /** What the input for an end shows. */
  dayOf: (end: keyof Span) => string;
  setDay: (end: keyof Span, day: string) => void;
  /** Why what was set does not hold. */
  fault: string | undefined;
  /** What holds, where the inputs cannot show it. */
  note: string | undefined;
}

/** Hands on what is set, unless it ends before it begins: that is kept until the other end is set too. */
export function useDaySpan({ from, to }: Span, onChange: (span: Span) => void): DaySpan {
  const t = useTranslations('rows.filter');
  const zone = useZone();
  const say = useSaid();
  const held = JSON.stringify([from, to]);
  const [reversed, setReversed] = useState<{ held: string; span: Span }>();
  // What is set elsewhere takes the place of what was not to be.
  const waiting = reversed?.held === held ? reversed.span : undefined;
  const span = waiting ?? { from, to };
  const said = sayAs({ from, to }, zone);
  return {
    dayOf: (end) => inputOf(end, span[end], zone),
    setDay: (end, day) => {
      const next = { ...span, [end]: instantOf(end, day, zone) };
      setReversed(isReversed(next) ? { held, span: next } : undefined);
      if (!isReversed(next)) onChange(next);
    },
    fault: waiting && t('reversed'),
    note: said.unit === 'minute' ? t('precise', { span: say(said) }) : undefined,
  };
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
