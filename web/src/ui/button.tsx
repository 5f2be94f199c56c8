/** Buttons, and links that look like them. */

import type { LucideIcon } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';

import styles from './button.module.css';
import { classNames } from './class-names';

type Variant = 'primary' | 'secondary' | 'quiet' | 'danger';
type Size = 'medium' | 'small';

interface Look {
  variant?: Variant;
  size?: Size;
  icon?: LucideIcon;
}

/** The classes of a button, for a link that should look like one. */
export function buttonClass({ variant = 'secondary', size = 'medium' }: Omit<Look, 'icon'> = {}): string {
  return classNames(styles['button'], styles[variant], styles[size]);
}

export interface ButtonProps extends ComponentProps<'button'>, Look {
  /** What it began is not done yet: it stays where it is, and cannot be pressed again. */
  isBusy?: boolean;
  children: ReactNode;
}

/** A button. It submits a form only where its `type` says so. */
export function Button({ variant, size, icon: Icon, isBusy, className, children, ...others }: ButtonProps) {
  return (
    <button
      type="button"
      {...others}
      className={classNames(buttonClass({ ...(variant && { variant }), ...(size && { size }) }), className)}
      aria-busy={isBusy}
      // It keeps the focus while it is busy.
      aria-disabled={isBusy === true ? true : undefined}
      onClick={isBusy === true ? (event) => event.preventDefault() : others.onClick}
    >
      {isBusy === true ? (
        <span className={styles['spinner']} aria-hidden="true" />
      ) : (
        Icon && <Icon className={styles['icon']} aria-hidden="true" />
      )}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children' | 'title'>, Look {
  icon: LucideIcon;
  /** What it does, for its tooltip and for who cannot see it. */
  label: string;
  isBusy?: boolean;
}

/** A button that is a picture only. */
export function IconButton({
  icon: Icon,
  label,
  isBusy,
  variant = 'quiet',
  size = 'medium',
  className,
  ...others
}: IconButtonProps) {
  return (
    <button
      type="button"
      {...others}
      aria-label={label}
      title={label}
      aria-busy={isBusy}
      aria-disabled={isBusy === true ? true : undefined}
      onClick={isBusy === true ? (event) => event.preventDefault() : others.onClick}
      className={classNames(buttonClass({ variant, size }), styles['square'], className)}
    >
      <Icon className={classNames(styles['icon'], isBusy === true && styles['turning'])} aria-hidden="true" />
    </button>
  );
}
