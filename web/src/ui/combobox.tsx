/** One of very many, found by typing: as a field of a form, whose value is the choice's id. */

import { Combobox as Base } from '@base-ui/react/combobox';
import { ChevronDown, X } from 'lucide-react';
import type { ReactNode } from 'react';

import { classNames } from './class-names';
import styles from './combobox.module.css';
import { controlClass, Field, type FieldProps } from './form';
import popup from './popup.module.css';

/** Something to choose. */
export interface Choice {
  id: string;
  name: string;
  /** What tells it from others of that name. */
  note?: string;
}

export interface ComboboxFieldProps extends FieldProps {
  placeholder: string;
  /** For the button that opens it. */
  openLabel: string;
  clearLabel: string;
  value: Choice | null;
  onChange: (choice: Choice | null) => void;
  /** What was found. */
  choices: readonly Choice[];
  onSearch: (typed: string) => void;
  /** Says what cannot be seen in what was found: that there is nothing, that it is on its way. */
  status: ReactNode;
}

export function ComboboxField({
  name,
  label,
  hint,
  placeholder,
  openLabel,
  clearLabel,
  value,
  onChange,
  choices,
  onSearch,
  status,
}: ComboboxFieldProps) {
  return (
    <Base.Root<Choice>
      name={name}
      items={choices}
      filter={null}
      value={value}
      onValueChange={onChange}
      onInputValueChange={onSearch}
      itemToStringLabel={(choice) => choice.name}
      itemToStringValue={(choice) => choice.id}
      isItemEqualToValue={(one, other) => one.id === other.id}
      autoHighlight
    >
      <Field
        name={name}
        label={label}
        hint={hint}
        control={
          <Base.InputGroup className={styles['group']}>
            <Base.Input
              className={classNames(controlClass, styles['input'])}
              placeholder={placeholder}
              autoComplete="off"
            />
            <div className={styles['buttons']}>
              <Base.Clear className={styles['button']} aria-label={clearLabel}>
                <X size={16} aria-hidden="true" />
              </Base.Clear>
              <Base.Trigger className={styles['button']} aria-label={openLabel}>
                <ChevronDown size={16} aria-hidden="true" />
              </Base.Trigger>
            </div>
          </Base.InputGroup>
        }
      />
      <Base.Portal>
        <Base.Positioner sideOffset={4} className={popup['positioner']}>
          <Base.Popup className={classNames(popup['menu'], styles['popup'])}>
            <Base.Status className={styles['status']}>{status}</Base.Status>
            <Base.List className={styles['list']}>
              {(choice: Choice) => (
                <Base.Item
                  key={choice.id}
                  value={choice}
                  className={classNames(popup['item'], styles['item'])}
                >
                  <span className={styles['name']}>{choice.name}</span>
                  {choice.note !== undefined && <span className={styles['note']}>{choice.note}</span>}
                </Base.Item>
              )}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
