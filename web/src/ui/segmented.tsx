/** One of few, all to be seen at once. */

import { ToggleGroup } from '@base-ui/react/toggle-group';
import { Toggle } from '@base-ui/react/toggle';
import type { ReactNode } from 'react';

import styles from './segmented.module.css';

export interface SegmentedProps<Value extends string> {
  /** What is chosen, for who cannot see what stands around it. */
  label: string;
  value: Value;
  options: readonly { value: Value; label: ReactNode }[];
  onChange: (value: Value) => void;
}

/** Buttons side by side, of which one is pressed. Arrow keys move between them. */
export function Segmented<Value extends string>({ label, value, options, onChange }: SegmentedProps<Value>) {
  return (
    <ToggleGroup
      className={styles['group']}
      aria-label={label}
      value={[value]}
      // One is always chosen.
      onValueChange={([chosen]) => chosen !== undefined && onChange(chosen)}
    >
      {options.map((option) => (
        <Toggle key={option.value} value={option.value} className={styles['option']}>
          {option.label}
        </Toggle>
      ))}
    </ToggleGroup>
  );
}
