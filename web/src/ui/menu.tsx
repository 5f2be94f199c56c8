/** A button with a menu. What a menu is made of is loaded when the first one is opened. */

import type { Menu as Parts } from '@base-ui/react/menu';
import { Check, type LucideIcon } from 'lucide-react';
import { createContext, type ReactElement, type ReactNode, useContext } from 'react';

import { classNames } from './class-names';
import { Deferred, type Trigger } from './deferred';
import styles from './popup.module.css';

export interface MenuProps {
  /** The button that opens it. */
  trigger: Trigger;
  children: ReactNode;
  align?: 'start' | 'end';
}

/** What menus are made of, for what stands in one. */
export const MenuParts = createContext<typeof Parts | null>(null);

/** A button, and the menu that it opens. */
export function Menu(props: MenuProps) {
  return (
    <Deferred trigger={props.trigger} opens="menu" load={loadWindow}>
      {({ MenuWindow }) => <MenuWindow {...props} />}
    </Deferred>
  );
}

function loadWindow() {
  return import('./menu-window');
}

function useParts(): typeof Parts {
  const parts = useContext(MenuParts);
  if (!parts) throw new Error('this stands in a menu');
  return parts;
}

export interface MenuItemProps {
  icon?: LucideIcon;
  isDangerous?: boolean;
  disabled?: boolean;
  onSelect: () => void;
  children: ReactNode;
}

/** Something to do. */
export function MenuItem({ icon: Icon, isDangerous, disabled, onSelect, children }: MenuItemProps) {
  const Base = useParts();
  return (
    <Base.Item
      className={classNames(styles['item'], isDangerous === true && styles['dangerous'])}
      disabled={disabled ?? false}
      onClick={onSelect}
    >
      {Icon && <Icon className={styles['icon']} aria-hidden="true" />}
      {children}
    </Base.Item>
  );
}

/** A link, `render`, as an item. */
export function MenuLink({
  icon: Icon,
  render,
  children,
}: Pick<MenuItemProps, 'icon' | 'children'> & { render: ReactElement }) {
  const Base = useParts();
  return (
    <Base.Item className={styles['item']} render={render} nativeButton={false}>
      {Icon && <Icon className={styles['icon']} aria-hidden="true" />}
      {children}
    </Base.Item>
  );
}

export interface MenuChoiceProps<Value extends string> {
  label: ReactNode;
  value: Value;
  options: readonly { value: Value; label: ReactNode }[];
  onChange: (value: Value) => void;
}

/** One of several, in a menu. */
export function MenuChoice<Value extends string>({
  label,
  value,
  options,
  onChange,
}: MenuChoiceProps<Value>) {
  const Base = useParts();
  return (
    <Base.Group>
      <Base.GroupLabel className={styles['label']}>{label}</Base.GroupLabel>
      <Base.RadioGroup value={value} onValueChange={(chosen: Value) => onChange(chosen)}>
        {options.map((option) => (
          <Base.RadioItem key={option.value} value={option.value} className={styles['item']}>
            <span className={styles['icon']}>
              <Base.RadioItemIndicator>
                <Check className={styles['icon']} aria-hidden="true" />
              </Base.RadioItemIndicator>
            </span>
            {option.label}
          </Base.RadioItem>
        ))}
      </Base.RadioGroup>
    </Base.Group>
  );
}

export interface MenuChecksProps<Value extends string> {
  label: ReactNode;
  values: readonly Value[];
  options: readonly { value: Value; label: ReactNode }[];
  onChange: (values: Value[]) => void;
}

/** Some of several, in a menu, which stays open while they are ticked. */
export function MenuChecks<Value extends string>({
  label,
  values,
  options,
  onChange,
}: MenuChecksProps<Value>) {
  const Base = useParts();
  return (
    <Base.Group>
      <Base.GroupLabel className={styles['label']}>{label}</Base.GroupLabel>
      {options.map((option) => (
        <Base.CheckboxItem
          key={option.value}
          className={styles['item']}
          checked={values.includes(option.value)}
          onCheckedChange={(isChecked) =>
            onChange(isChecked ? [...values, option.value] : values.filter((value) => value !== option.value))
          }
        >
          <span className={styles['icon']}>
            <Base.CheckboxItemIndicator>
              <Check className={styles['icon']} aria-hidden="true" />
            </Base.CheckboxItemIndicator>
          </span>
          {option.label}
        </Base.CheckboxItem>
      ))}
    </Base.Group>
  );
}

/** Between groups of items. */
export function MenuSeparator() {
  const Base = useParts();
  return <Base.Separator className={styles['separator']} />;
}
