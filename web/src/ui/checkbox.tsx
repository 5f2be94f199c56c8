/** A box to tick, outside a form: it takes effect at once. */

import { useEffect, useRef } from 'react';

import styles from './checkbox.module.css';

export interface CheckboxProps {
  /** What it ticks, for who cannot see what stands around it. */
  label: string;
  isChecked: boolean;
  /** Neither ticked nor not: some of what it stands for is. */
  isMixed?: boolean;
  onChange: (isChecked: boolean) => void;
}

export function Checkbox({ label, isChecked, isMixed = false, onChange }: CheckboxProps) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = isMixed;
  }, [isMixed]);
  return (
    <input
      ref={box}
      type="checkbox"
      className={styles['box']}
      aria-label={label}
      checked={isChecked}
      onChange={(event) => onChange(event.target.checked)}
    />
  );
}
