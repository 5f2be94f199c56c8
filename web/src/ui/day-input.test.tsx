/** What `./day-input` has to do. */

import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { DayInput } from './day-input';

afterEach(cleanup);

describe('an input for a day', () => {
  const shown = (day: string) => {
    const onChange = vi.fn();
    const { rerender } = render(<DayInput aria-label="Day" day={day} onChange={onChange} />);
    const input = screen.getByLabelText<HTMLInputElement>('Day');
    const set = (next: string) => rerender(<DayInput aria-label="Day" day={next} onChange={onChange} />);
    return { input, set, onChange };
  };
  const type = (input: HTMLInputElement, ...values: string[]) => {
    for (const value of values) fireEvent.change(input, { target: { value } });
  };

  it('takes a year that is typed digit by digit when it is whole', () => {
    const { input, onChange } = shown('');
    type(input, '0002-11-23', '0020-11-23', '0202-11-23', '2026-11-23');
    expect(onChange.mock.calls).toEqual([['2026-11-23']]);
  });

  it('stays the same, with the focus, while what it is for changes', () => {
    const { input, set } = shown('2026-11-23');
    input.focus();
    type(input, '2026-11-02');
    set('2026-11-02');
    type(input, '2026-11-24');
    set('2026-11-02');
    expect(screen.getByLabelText('Day')).toBe(input);
    expect(document.activeElement).toBe(input);
    expect(input.value).toBe('2026-11-24');
  });

  it('shows what is set elsewhere, and what holds where something else was left half typed', () => {
    const { input, set, onChange } = shown('2026-11-23');
    set('2026-11-25');
    expect(input.value).toBe('2026-11-25');
    input.focus();
    type(input, '0002-11-25');
    fireEvent.blur(input);
    expect(input.value).toBe('2026-11-25');
    expect(onChange).not.toHaveBeenCalled();
  });

  it('says that it was emptied', () => {
    const { input, onChange } = shown('2026-11-23');
    type(input, '');
    expect(onChange.mock.calls).toEqual([['']]);
  });
});
