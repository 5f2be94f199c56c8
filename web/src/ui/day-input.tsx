/** A day that is typed or chosen. */

import { type ComponentProps, useEffect, useRef } from 'react';

import { controlClass } from './form';

export interface DayInputProps extends Omit<ComponentProps<'input'>, 'type' | 'value' | 'onChange'> {
  /** As `2026-11-23`; empty for none. */
  day: string;
  /** Hears of whole days, and of an input that was emptied. */
  onChange: (day: string) => void;
}

/** An input for a day. Whoever types a year digit by digit is in the first century for a while: that is not a day yet. */
export function DayInput({ day, onChange, ...others }: DayInputProps) {
  const ref = useRef<HTMLInputElement>(null);
  const show = () => {
    if (ref.current && ref.current.value !== day) ref.current.value = day;
  };
  useEffect(() => {
    // Nothing is taken from under the hands of who is typing.
    if (ref.current !== document.activeElement) show();
  });
  return (
    <input
      {...others}
      ref={ref}
      type="date"
      min={FIRST_DAY}
      className={controlClass}
      defaultValue={day}
      onChange={({ target }) => {
        if (isTaken(target) && target.value !== day) onChange(target.value);
      }}
      onBlur={({ target }) => {
        if (!isTaken(target)) show();
      }}
    />
  );
}

const FIRST_DAY = '1000-01-01';

/** Whether what stands in an input is meant: a part of a day reads as empty too. */
function isTaken({ value, validity }: HTMLInputElement): boolean {
  return value === '' ? !validity.badInput : value >= FIRST_DAY && /^\d{4}-/.test(value);
}
